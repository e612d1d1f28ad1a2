"""Reading a query: the codes it names, and those that the library lacks."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.questions import Question, read_question
from assistant.types.codes import BUILT_IN, Code

HELD = {Code("CPT", "20972"), Code("CPT", "20969"), Code("HCPCS", "J1100"), Code("ICD-10-PCS", "0DTJ4ZZ")}


def held(codes: Sequence[Code]) -> set[Code]:
    return HELD & set(codes)


def read(text: str) -> Question:
    return read_question(text, BUILT_IN, held)


@pytest.mark.parametrize(
    ("text", "found", "lacking"),
    [
        ("20972", ["CPT:20972"], []),
        ("CPT 20972?", ["CPT:20972"], []),
        ("209 72", ["CPT:20972"], []),
        ("0dtj-4zz", ["ICD-10-PCS:0DTJ4ZZ"], []),
        ("99999", [], ["CPT:99999"]),
        ("j9999", [], ["HCPCS:J9999"]),
        ("difference between 20972 and 20969", ["CPT:20972", "CPT:20969"], []),
        ("20972 or 99999 for the toe", ["CPT:20972"], ["CPT:99999"]),
        ("what is j1100", ["HCPCS:J1100"], []),
        ("what is icd-10-pcs 0dtj 4zz", ["ICD-10-PCS:0DTJ4ZZ"], []),
        ("patient from Chicago, IL 60601 took 20000 units", [], []),
        ("a flap of the foot", [], []),
        ("in 2025", [], []),
        ("it", [], []),
        ("", [], []),
    ],
)
def test_codes_of_a_query(text: str, found: list[str], lacking: list[str]) -> None:
    question = read(text)
    assert [str(code) for code in question.held] == found
    assert [str(code) for code in question.lacking] == lacking


def test_a_description_names_no_code() -> None:
    text = "free bone and skin flap from the metatarsal with microvascular anastomosis"
    assert read(text) == Question((), (), text)


def test_the_rest_is_the_text_without_its_codes() -> None:
    question = read("20972 which modifiers for the metatarsal")
    assert question.held == (Code("CPT", "20972"),)
    assert question.rest.split() == ["which", "modifiers", "for", "the", "metatarsal"]


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("additional add-on when the primary was 20972", "additional add-on when the primary was §"),
        ("which add-on goes with CPT 20972", "which add-on goes with §"),
        ("is 20972 an add-on to another code", ""),
        ("add-on for 20972 beside 20969", ""),
        ("add-on for a flap", ""),
    ],
)
def test_a_query_for_the_add_on_of_a_code(text: str, beside: str) -> None:
    assert read(text).beside.replace("CPT ", "") == beside


@given(
    st.text()
    | st.lists(st.sampled_from(["20972", "99999", "modifier", "what is", "J1100", ",", "zip", "é", "ß"])).map(" ".join)
)
def test_any_text_is_read(text: str) -> None:
    question = read(text)
    assert set(question.held) <= HELD
    assert not set(question.held) & set(question.lacking)
