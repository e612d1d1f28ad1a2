"""Reading a query: the codes it names, those that the library lacks, and the section it is after."""

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
        ("20972 with a 59, or XS?", "modifiers"),
        ("what must an operative note say for 20972", "documentation"),
        ("will insurers pay for 20972", "medical-necessity"),
        ("who is a candidate for 20972", "medical-necessity"),
        ("explain 20972 to my anxious grandfather", "plain-language"),
        ("20972 in ordinary language", "plain-language"),
        ("a sample case of 20972", "examples"),
        ("what are the surgeon's duties in 20972", "clinical-responsibility"),
        ("can the graft of 20972 go on its own line", "guidelines"),
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


@pytest.mark.parametrize("text", ["is simple closure part of 20972", "20972 at 22 weeks", "20972 for 50 cm"])
def test_words_of_the_work_name_no_section_by_chance(text: str) -> None:
    assert not {"plain-language", "modifiers"} & set(read(text).sections)


def test_the_rest_is_what_describes() -> None:
    assert read("20972 which modifiers for the metatarsal").rest.split() == ["which", "for", "the", "metatarsal"]
    assert read("please list the typical findings a payer wants for 20972").rest.split() == ["the", "a"]


def test_what_is_granted_and_wanted_is_told_without_the_words_of_asking() -> None:
    question = read("Since 20972 includes the typical skin graft, how many skin grafts are listed?")
    assert question.granted.split() == ["the", "skin", "graft"]
    assert question.wanted.split() == ["skin", "grafts"]


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
