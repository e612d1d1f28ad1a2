"""Guidance beside the codes: it is quoted where a rule is asked for."""

from collections.abc import Iterator

import pytest

from assistant.answering import Assistant
from assistant.types import Query

GUIDE = "guide-bone-grafts-and-microsurgery-2025"
# What the system could do before the reader came, and cannot now.
NOT_YET = pytest.mark.xfail(reason="the reader does not tell it yet")


def quoted(assistant: Assistant, text: str) -> list[str]:
    """The sections quoted, in order, each as often as it is."""
    considered = assistant.consider(Query(text))
    assert considered is not None
    return [statement.citation.passage_id.partition(".")[0] for statement in considered.statements]


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("may the operating microscope be added to a free flap?", "when-the-microscope-may-be-added"),
        pytest.param(
            "operating scope used on a disc, can we add it to the claim?",
            "when-the-microscope-may-be-added",
            marks=NOT_YET,
        ),
        pytest.param(
            "the flap clotted and we went back, is that a 78",
            "what-these-codes-include-and-exclude",
            marks=NOT_YET,
        ),
        ("finger cut clean off and put back, does it matter at which level", "replantation"),
    ],
)
def test_a_rule_is_quoted_from_its_section(starter: Assistant, text: str, section: str) -> None:
    assert f"{GUIDE}#{section}" in quoted(starter, text)


@pytest.fixture
def much_prose(starter: Assistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The library as one that has too much prose to compare it apart."""
    starter._snapshots._last = None
    with monkeypatch.context() as changed:
        changed.setattr("assistant.retrieval.snapshot.MOST", 1)
        yield
    starter._snapshots._last = None


@pytest.mark.usefixtures("much_prose")
def test_in_much_prose_a_rule_is_still_found(starter: Assistant) -> None:
    sections = quoted(starter, "finger cut clean off and put back, does it matter at which level")
    assert f"{GUIDE}#replantation" in sections
