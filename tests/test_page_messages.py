"""The words of the page: complete in ten languages, with the same places, and the plural forms of each language."""

import json
import re
import unicodedata
from importlib.resources import files
from pathlib import Path

import pytest

STATIC = Path(str(files("assistant.faces").joinpath("page/static")))
SCRIPT = "\n".join(path.read_text(encoding="utf-8") for path in sorted((STATIC / "js").glob("*.js")))
PAGE = SCRIPT + (STATIC.parent / "index.html").read_text(encoding="utf-8")
MESSAGES: dict[str, dict[str, str | dict[str, str]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((STATIC / "messages").glob("*.json"))
}
ENGLISH = MESSAGES["en"]
# Unicode CLDR, cardinal numbers; a browser must agree (tests/test_page_languages.py).
PLURALS = {
    "en": ["one", "other"],
    "es": ["one", "many", "other"],
    "zh": ["other"],
    "ru": ["one", "few", "many", "other"],
    "ar": ["zero", "one", "two", "few", "many", "other"],
    "vi": ["other"],
    "fr": ["one", "many", "other"],
    "de": ["one", "other"],
    "ko": ["other"],
    "tl": ["one", "other"],
}
# Which letters a language is written in, as Unicode names them.
SCRIPTS = {"zh": "CJK", "ru": "CYRILLIC", "ar": "ARABIC", "ko": "HANGUL"}
# Marks, names and measures that are the same in every language.
ALIKE = {"candidate.distinction", "confidence.both"}


def sentences(message: str | dict[str, str]) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_there_is_a_file_of_messages_for_each_language_of_the_menu() -> None:
    listed = re.findall(r"\[\"(\w\w)\", \"[^\"]+\"\]", (STATIC / "js/i18n.js").read_text(encoding="utf-8"))
    assert len(listed) == 10
    assert set(listed) == set(MESSAGES) == set(PLURALS)


@pytest.mark.parametrize("language", MESSAGES)
def test_no_message_is_missing_empty_or_left_over(language: str) -> None:
    messages = MESSAGES[language]
    assert list(messages) == list(ENGLISH)
    for key, message in messages.items():
        for text in sentences(message):
            assert text.strip() == text != "", key
            assert unicodedata.normalize("NFC", text) == text, key


@pytest.mark.parametrize("language", MESSAGES)
def test_the_places_of_a_message_are_those_of_the_english_one(language: str) -> None:
    for key, message in MESSAGES[language].items():
        wanted = places(sentences(ENGLISH[key])[-1])
        if isinstance(message, str):
            assert places(message) == wanted, key
            continue
        for form, text in message.items():
            # "One document" and "two documents" may be words without the number.
            spare = {"n"} if language == "ar" and form in ("one", "two") else set()
            assert wanted - spare <= places(text) <= wanted, (key, form)


@pytest.mark.parametrize("language", MESSAGES)
def test_what_is_counted_has_the_plural_forms_of_its_language(language: str) -> None:
    counted = {key for key, message in ENGLISH.items() if isinstance(message, dict)}
    assert {key for key, message in MESSAGES[language].items() if isinstance(message, dict)} == counted
    for key in counted:
        message = MESSAGES[language][key]
        assert isinstance(message, dict) and list(message) == PLURALS[language], key


@pytest.mark.parametrize("language", sorted(set(MESSAGES) - {"en"}))
def test_messages_are_translated(language: str) -> None:
    wanted = SCRIPTS.get(language)
    same = [key for key, message in MESSAGES[language].items() if message == ENGLISH[key] and key not in ALIKE]
    # Words that two languages share: "System", "Passages", "Global period".
    assert len(same) <= (0 if wanted else 20), same
    if not wanted:
        return
    for key, message in MESSAGES[language].items():
        for text in sentences(message):
            said = re.sub(r"\{\w+\}", "", text)
            if key not in ALIKE and any(letter.isalpha() for letter in said):
                assert any(unicodedata.name(letter, "").startswith(wanted) for letter in said), (key, text)


def test_no_message_is_unused_and_none_that_is_used_is_missing() -> None:
    asked = set(re.findall(r"\btx?\(\"([^\"]+)\"", SCRIPT)) | set(re.findall(r"data-(?:t|label)=\"([^\"]+)\"", PAGE))
    assert asked <= set(ENGLISH), asked - set(ENGLISH)
    # A key may be put together of parts (`room.${name}`) or handed on as a value ("keys.go").
    built = [
        re.compile(re.sub(r"\\\$\\\{.*?\\\}", r"[\\w@-]+", re.escape(key)))
        for key in re.findall(r"\bt\(`([^`]*\$\{[^`]*)`", SCRIPT)
    ]
    handed = set(re.findall(r"\"([\w.@-]+)\"", PAGE))
    unused = [key for key in ENGLISH if key not in handed and not any(one.fullmatch(key) for one in built)]
    assert unused == []


def test_every_value_that_the_service_may_name_has_a_word() -> None:
    from assistant.faces.http import bodies

    def values(body: type, field: str) -> list[str]:
        shape = body.model_json_schema()["properties"][field]  # type: ignore[attr-defined]
        return list(shape["enum"] if "enum" in shape else shape["anyOf"][0]["enum"])

    assert {f"outcome.{state}" for state in values(bodies.OutcomeBody, "state")} <= set(ENGLISH)
    assert {f"reason.{reason}.why" for reason in values(bodies.RefusalBody, "reason")} <= set(ENGLISH)
    assert {f"verdict.{verdict}" for verdict in values(bodies.AnswerBody, "verdict")} <= set(ENGLISH)
    meant = set(values(bodies.NoteStatementBody, "assertion")) - {"performed"}
    assert {f"assertion.{assertion}" for assertion in meant} <= set(ENGLISH)
