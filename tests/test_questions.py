"""A query is read: its codes, those that are lacking, and the section it is after."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.codes import BUILT_IN, Code
from assistant.questions import Question, read_question

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


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("which modifiers apply to 20972?", "modifiers"),
        ("can I append LT to 20972", "modifiers"),
        ("which documentation does 20972 need?", "documentation"),
        ("what must the surgeon record for 20972", "documentation"),
        ("medical necessity of 20972", "medical-necessity"),
        ("global period 20972", "notes"),
        ("20972 in simple words", "plain-language"),
        ("give an example of 20972", "examples"),
        ("is the microscope bundled with 20972", "guidelines"),
        ("pitfalls of 20972", "important"),
        ("how is 20972 performed", "full-description"),
        ("what is 20972", "short-description"),
    ],
)
def test_the_section_a_question_is_after(text: str, section: str) -> None:
    question = read(text)
    assert question.sections[0] == section
    assert question.held == (Code("CPT", "20972"),)
    assert "20972" not in question.rest


def test_a_description_is_after_no_section() -> None:
    question = read("free bone and skin flap from the metatarsal with microvascular anastomosis")
    assert question == Question(
        (), (), (), "free bone and skin flap from the metatarsal with microvascular anastomosis"
    )


def test_the_rest_is_what_describes() -> None:
    assert read("20972 which modifiers for the metatarsal").rest.split() == ["which", "for", "the", "metatarsal"]


@given(
    st.text()
    | st.lists(st.sampled_from(["20972", "99999", "modifier", "what is", "J1100", ",", "zip", "é", "ß"])).map(" ".join)
)
def test_any_text_is_read(text: str) -> None:
    question = read(text)
    assert set(question.held) <= HELD
    assert not set(question.held) & set(question.lacking)
