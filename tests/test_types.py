"""The nouns refuse to be built where an invariant is broken."""

import dataclasses
import datetime

import pytest

from assistant.types import (
    Answer,
    Candidate,
    Citation,
    Difference,
    Document,
    DocumentInfo,
    LibraryStamp,
    Passage,
    Section,
    Statement,
)
from assistant.types.codes import Code

CODE = Code("CPT", "20972", "2025")
STAMP = LibraryStamp(1, "fake")


def section(start: int, end: int) -> Section:
    return Section("notes", "Notes", start, end, (start, end))


def citation(quote: str = "flap") -> Citation:
    return Citation("d", "D", "0" * 64, "2025", "d#notes", "Notes", None, 3, 3 + len(quote), quote)


def candidate(confidence: float = 0.5, citations: tuple[Citation, ...] = (citation(),)) -> Candidate:
    return Candidate(CODE, "Flap", confidence, 1.0, None, citations)


def test_sections_tile_their_document() -> None:
    assert Document("d", "D", "abcdef", (section(0, 2), section(2, 6))).sections[1].end == 6


@pytest.mark.parametrize(
    "sections", [(), (section(0, 5),), (section(1, 6),), (section(0, 2), section(3, 6)), (section(0, 3), section(2, 6))]
)
def test_sections_that_leave_a_gap_are_refused(sections: tuple[Section, ...]) -> None:
    with pytest.raises(ValueError, match=r"start|end"):
        Document("d", "D", "abcdef", sections)


@pytest.mark.parametrize("body", [(1, 3), (3, 2), (2, 7), (0, 1)])
def test_a_body_stands_inside_its_section(body: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="body"):
        Section("notes", "Notes", 2, 6, body)


def passage(text: str, body: tuple[int, int], context: str) -> Passage:
    return Passage("d#notes", "d", "notes", "Notes", 0, len(text), text, body, context)


def test_what_is_indexed_is_the_context_and_the_body() -> None:
    assert passage("## Notes\nninety days", (9, 20), "Flap").indexed_text == "Flap. ninety days"
    assert passage("## Notes\nninety days", (9, 20), "").indexed_text == "ninety days"
    assert passage("## Notes\n", (9, 9), "Flap").indexed_text == ""


@pytest.mark.parametrize(("start", "quote"), [(0, ""), (0, "flap")])
def test_a_citation_quotes_what_it_points_at(start: int, quote: str) -> None:
    with pytest.raises(ValueError, match="exactly"):
        Citation("d", "D", "0" * 64, None, "d#notes", "Notes", None, start, 3, quote)


def test_a_statement_is_its_quote() -> None:
    assert Statement("flap", citation("flap")).text == "flap"
    with pytest.raises(ValueError, match="quote"):
        Statement("a flap", citation("flap"))


def test_a_candidate_has_a_citation_and_a_probability() -> None:
    assert candidate(0.0).confidence == 0.0
    assert candidate(1.0).confidence == 1.0
    with pytest.raises(ValueError, match="no citation"):
        candidate(citations=())
    for confidence in (-0.01, 1.01, float("nan")):
        with pytest.raises(ValueError, match="no probability"):
            candidate(confidence)


def test_a_difference_says_in_words_which_side_has_what() -> None:
    other = Code("CPT", "2")
    assert str(Difference(other, ("rib", "long"), ("toe",))) == '"rib", "long", where CPT:2 says "toe"'
    assert str(Difference(other, ("rib",), ())) == '"rib", where CPT:2 does not'
    assert str(Difference(other, (), ("toe",))) == 'CPT:2 says "toe", this does not'
    with pytest.raises(ValueError, match="nothing tells"):
        Difference(other, (), ())


def test_an_answer_holds_something() -> None:
    assert Answer("q", 0.9, (), (candidate(),), STAMP).candidates
    assert Answer("q", 0.9, (Statement("flap", citation()),), (), STAMP).statements
    with pytest.raises(ValueError, match="refusal"):
        Answer("q", 0.9, (), (), STAMP)


def test_values_do_not_change() -> None:
    info = DocumentInfo("d", "D", "0", "d.md", "text/markdown", None, datetime.date(2025, 1, 1), None, 1, 1, 0, 1)
    for value, name in ((CODE, "value"), (candidate(), "confidence"), (citation(), "quote"), (info, "title")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, "other")
