"""Reading a note: headings, statements with exact places, and what each asserts."""

import json
import re
import statistics
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.notes import Kind, read_note, read_statement, split_sections, split_statements
from assistant.notes.assertion import finds
from assistant.notes.sections import kind_of
from assistant.types import Assertion

HEADINGS = json.loads(files("assistant.notes").joinpath("headings.json").read_text(encoding="utf-8"))
CUES = json.loads(files("assistant.notes").joinpath("assertion.json").read_text(encoding="utf-8"))

NOTE = """PREOPERATIVE DIAGNOSIS: Gallstones.
PROCEDURES PERFORMED:
1. Laparoscopic cholecystectomy.
2. Liver biopsy.

ANESTHESIA: General.
DESCRIPTION OF PROCEDURE: The gallbladder was freed and removed. No cholangiogram was taken. She had a hysterectomy ten
years ago. If pain returns we will take films.
PLAN: Hernia repair in six weeks.
"""


@pytest.mark.parametrize(("rule", "heading"), [(r, yes) for r in HEADINGS for yes in r["yes"]])
def test_every_heading_rule_knows_its_headings(rule: dict, heading: str) -> None:
    assert kind_of(heading) == rule["kind"]


@pytest.mark.parametrize(("rule", "heading"), [(r, no) for r in HEADINGS for no in r["no"]])
def test_no_heading_rule_takes_another(rule: dict, heading: str) -> None:
    assert not re.fullmatch(rule["heading"], heading, re.IGNORECASE)


@pytest.mark.parametrize(("rule", "text"), [(r, text) for group in CUES.values() for r in group for text in r["yes"]])
def test_every_cue_finds_its_words(rule: dict, text: str) -> None:
    assert re.search(rule["cue"], text, re.IGNORECASE)


@pytest.mark.parametrize(("rule", "text"), [(r, text) for group in CUES.values() for r in group for text in r["no"]])
def test_no_cue_finds_other_words(rule: dict, text: str) -> None:
    assert not re.search(rule["cue"], text, re.IGNORECASE)


def test_sections_of_a_note() -> None:
    parts = [(part.heading, part.kind) for part in split_sections(NOTE)]
    assert parts == [
        ("PREOPERATIVE DIAGNOSIS", Kind.DIAGNOSIS),
        ("PROCEDURES PERFORMED", Kind.TITLE),
        ("ANESTHESIA", Kind.OTHER),
        ("DESCRIPTION OF PROCEDURE", Kind.DESCRIPTION),
        ("PLAN", Kind.PLAN),
    ]


def test_statements_of_a_note_and_what_they_assert() -> None:
    note = read_note(NOTE)
    told = [(note.quote(part), part.reading.assertion, part.reading.act) for part in note.parts]
    assert told == [
        ("Gallstones.", Assertion.PERFORMED, False),
        ("1. Laparoscopic cholecystectomy.", Assertion.PERFORMED, True),
        ("2. Liver biopsy.", Assertion.PERFORMED, True),
        ("General.", Assertion.PERFORMED, False),
        ("The gallbladder was freed and removed.", Assertion.PERFORMED, True),
        ("No cholangiogram was taken.", Assertion.NEGATED, False),
        ("She had a hysterectomy ten\nyears ago.", Assertion.HISTORICAL, False),
        ("If pain returns we will take films.", Assertion.CONDITIONAL, False),
        ("Hernia repair in six weeks.", Assertion.PLANNED, False),
    ]


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("The frontal sinus was not opened.", Assertion.NEGATED),
        ("[ ] polypectomy", Assertion.NEGATED),
        ("[x] dilation by balloon", Assertion.PERFORMED),
        ("Status post appendectomy.", Assertion.HISTORICAL),
        ("A colonoscopy is planned for next week.", Assertion.PLANNED),
        ("If the margins are positive we will excise more.", Assertion.CONDITIONAL),
        ("The polyp was snared; no clip was needed.", Assertion.PERFORMED),
        ("The scope was taken out and the abdomen opened.", Assertion.PERFORMED),
    ],
)
def test_assertions(text: str, assertion: Assertion) -> None:
    assert read_statement(text, Kind.DESCRIPTION).assertion is assertion


def test_what_was_not_done_leaves_the_words_that_are_asked() -> None:
    reading = read_statement("The tonsils were removed, the adenoids were not touched.", Kind.DESCRIPTION)
    assert "tonsils" in reading.said and "adenoids" not in reading.said
    assert "adenoids" in reading.denied


@pytest.mark.parametrize(
    "text", ["The patient was placed supine.", "General anesthesia was induced.", "Counts were correct twice."]
)
def test_routine_is_no_procedure(text: str) -> None:
    reading = read_statement(text, Kind.DESCRIPTION)
    assert not reading.act and not reading.said


def test_a_note_of_one_paragraph_under_one_heading_is_read() -> None:
    note = read_note("Indication: trouble swallowing. The scope was passed. Five pinches were taken with forceps.")
    assert [part.kind for part in note.parts] == [Kind.INDICATION, Kind.DESCRIPTION, Kind.DESCRIPTION]


def test_procedure_before_a_long_text_is_a_description() -> None:
    text = "PROCEDURE: The cervix was grasped and drawn down. " + "The vessels were clamped and cut. " * 12
    assert {part.kind for part in split_sections(text)} == {Kind.DESCRIPTION}


def test_lines_end_with_carriage_returns_too() -> None:
    plain, other = read_note(NOTE), read_note(NOTE.replace("\n", "\r\n"))
    assert [part.kind for part in plain.parts] == [part.kind for part in other.parts]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
def test_every_statement_is_its_characters(text: str) -> None:
    spans = split_statements(text)
    assert all(0 <= start < end <= len(text) and text[start:end].strip() == text[start:end] for start, end in spans)
    assert list(spans) == sorted(spans) and all(one[1] <= two[0] for one, two in pairwise(spans))


@given(st.lists(st.sampled_from([*NOTE.split("\n"), "PROCEDURE:", "1. Repair.", "[x] EGD [ ] ERCP", "", "Plan: none"])))
def test_any_note_is_read_in_order(lines: list[str]) -> None:
    text = "\n".join(lines)
    note = read_note(text)
    places = [(part.start, part.end) for part in note.parts]
    assert places == sorted(places) and all(one[1] <= two[0] for one, two in pairwise(places))


def test_the_words_of_routine_do_not_hide_an_act() -> None:
    assert finds("act", "The sac was excised and the wound closed with nylon.")
    assert read_statement("The sac was excised and the wound closed with nylon.", Kind.DESCRIPTION).act


def test_dictated_procedure_lines_of_real_notes_are_performed(shared_data) -> None:
    lines = (shared_data / "notes" / "operative_notes.dev.jsonl").read_text(encoding="utf-8").split("\n")
    found, counts = [], []
    for body in (json.loads(line) for line in lines if line.strip()):
        note = read_note(body["note"])
        counts.append(len(note.parts))
        dictated = body["procedure_line"]
        if not dictated:
            continue
        start = body["note"].index(dictated)
        end = start + len(dictated)
        inside = [part for part in note.parts if min(part.end, end) - max(part.start, start) >= 3]
        performed = [part for part in inside if part.reading.assertion is Assertion.PERFORMED and part.reading.act]
        found.append(bool(inside) and performed == inside)
    assert sum(found) / len(found) >= 0.95
    assert statistics.median(counts) > 20
