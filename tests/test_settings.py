"""Settings come from the environment, once, and an error names a bad one."""

from pathlib import Path

import pytest

from assistant.errors import InvalidSettings
from assistant.settings import load_settings
from assistant.types.codes import BUILT_IN


def test_the_defaults_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODEL", "CODE_SYSTEMS", "PASSAGE_TOKENS"):
        monkeypatch.delenv(f"ASSISTANT_{name}", raising=False)
    settings = load_settings()
    assert settings.model == "coding-MiniLM-L6"
    assert settings.systems() == BUILT_IN


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_MODEL", "/models/other")
    monkeypatch.setenv("ASSISTANT_MODEL_CACHE", "/cache")
    monkeypatch.setenv("ASSISTANT_CODE_SYSTEMS", '{"ZED": "Z-\\\\d{3}", "LAB": "LAB-\\\\d{3}"}')
    settings = load_settings()
    assert settings.model == "/models/other"
    assert settings.model_cache == Path("/cache")
    assert [system.name for system in settings.systems()[len(BUILT_IN) :]] == ["LAB", "ZED"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASSISTANT_PASSAGE_TOKENS", "many"),
        ("ASSISTANT_PASSAGE_TOKENS", "1"),
        ("ASSISTANT_LEXICAL_WEIGHT", "1.5"),
        ("ASSISTANT_THREADS", "-1"),
        ("ASSISTANT_CODE_SYSTEMS", "not json"),
        ("ASSISTANT_CODE_SYSTEMS", "[1]"),
    ],
)
def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match=name) as raised:
        load_settings()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("pattern", ["[", ""])
def test_a_bad_code_system_is_told(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    monkeypatch.setenv("ASSISTANT_CODE_SYSTEMS", f'{{"LAB": "{pattern}"}}')
    with pytest.raises(InvalidSettings, match="LAB"):
        load_settings()
