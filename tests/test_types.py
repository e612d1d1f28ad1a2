"""The nouns refuse to be built where an invariant is broken."""

import dataclasses
import datetime

import pytest

from assistant.types import (
    Answer,
    Candidate,
    Choice,
    ChoiceAnswer,
    Citation,
    Difference,
    Document,
    DocumentInfo,
    Form,
    LibraryStamp,
    Passage,
    Refusal,
    RefusalReason,
    Role,
    Section,
    Statement,
    TableValue,
    Verdict,
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
    assert passage("## Notes\nninety days", (9, 20), "Flap").indexed_text == "Flap. Notes. ninety days"
    assert passage("## Notes\nninety days", (9, 20), "").indexed_text == "Notes. ninety days"
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


OTHER, THIRD = Code("CPT", "20970", "2025"), Code("CPT", "20962")
CHOICE = Choice(0.95, (CODE.bare, OTHER.bare), "With skin?", (ChoiceAnswer("Yes", (CODE.bare,)),))


def test_a_choice_is_among_two_to_four_codes_and_its_question_leaves_some_of_them() -> None:
    assert Choice(0.95, (CODE, OTHER)).question is None
    assert len(CHOICE.answers) == 1
    five = tuple(Code("CPT", str(value)) for value in range(20955, 20960))
    assert len(Choice(1.0, five[:4]).codes) == 4
    for codes in ((), (CODE,), (CODE, CODE.bare), five):
        with pytest.raises(ValueError, match="two to 4"):
            Choice(0.95, codes)
    for level in (0.0, 1.01, float("nan")):
        with pytest.raises(ValueError, match="probability"):
            Choice(level, (CODE, OTHER))
    with pytest.raises(ValueError, match="question"):
        Choice(0.95, (CODE, OTHER), "With skin?")
    with pytest.raises(ValueError, match="question"):
        Choice(0.95, (CODE, OTHER), None, CHOICE.answers)
    with pytest.raises(ValueError, match="only codes of the choice"):
        Choice(0.95, (CODE, OTHER), "With skin?", (ChoiceAnswer("No", (THIRD,)),))
    for text, codes in (("", (CODE,)), ("Yes", ())):
        with pytest.raises(ValueError, match="words"):
            ChoiceAnswer(text, codes)


def test_an_answer_has_the_form_of_a_choice_exactly_where_it_holds_one() -> None:
    both = (candidate(), dataclasses.replace(candidate(), code=OTHER))
    assert Answer("q", 0.9, (), both, STAMP, Form.CHOICE, choice=CHOICE).choice is CHOICE
    assert Answer("q", 0.9, (), both, STAMP).form is Form.CODE
    with pytest.raises(ValueError, match="exactly where"):
        Answer("q", 0.9, (), both, STAMP, Form.CHOICE)
    with pytest.raises(ValueError, match="exactly where"):
        Answer("q", 0.9, (), both, STAMP, Form.CODE, choice=CHOICE)
    with pytest.raises(ValueError, match="among the candidates"):
        Answer("q", 0.9, (), both[:1], STAMP, Form.CHOICE, choice=CHOICE)


def test_a_verdict_rests_on_a_statement_that_settles_it() -> None:
    settles = Statement("flap", citation(), Role.VERDICT)
    assert Answer("q", 0.9, (settles,), (), STAMP, Form.RULE, verdict=Verdict.NO).verdict == "no"
    for statements in ((), (Statement("flap", citation()),), (Statement("flap", citation(), Role.ANSWER),)):
        with pytest.raises(ValueError, match="settles"):
            Answer("q", 0.9, statements, (candidate(),), STAMP, verdict=Verdict.YES)


def test_a_value_stands_in_its_citation() -> None:
    value = TableValue(CODE, "GLOB DAYS", "090", None, citation("20972,Flap,090"))
    assert Answer("q", 0.9, (), (), STAMP, Form.VALUE, values=(value,)).values == (value,)
    for absent in ("", "010"):
        with pytest.raises(ValueError, match="does not stand"):
            dataclasses.replace(value, value=absent)


def test_a_refusal_shows_at_most_three_statements() -> None:
    three = (Statement("flap", citation()),) * 3
    assert Refusal("q", RefusalReason.OUT_OF_CORPUS, "No.", 0.1, (), STAMP, closest=three).closest == three
    with pytest.raises(ValueError, match="at most 3"):
        Refusal("q", RefusalReason.OUT_OF_CORPUS, "No.", 0.1, (), STAMP, closest=(*three, three[0]))


def test_values_do_not_change() -> None:
    info = DocumentInfo("d", "D", "0", "d.md", "text/markdown", None, datetime.date(2025, 1, 1), None, 1, 1, 0, 1)
    for value, name in ((CODE, "value"), (candidate(), "confidence"), (citation(), "quote"), (info, "title")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, "other")
