"""The sets eval/answers, eval/charges and eval/fees keep their promises: every mark stands, every code is held."""

import csv
import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from assistant.evaluation import EvaluationSet, load_set
from assistant.language.sentences import split_sentences
from assistant.parsing import parse_document
from assistant.types import Document
from assistant.types.codes import BUILT_IN, own_system

PROJECT = Path(__file__).parents[1]
ANSWERS, CHARGES, FEES = (PROJECT / "eval" / name for name in ("answers", "charges", "fees"))
MARKS = [json.loads(line) for line in (ANSWERS / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
LINES = [json.loads(line) for line in (ANSWERS / "queries.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def answers() -> EvaluationSet:
    return load_set(ANSWERS)


@cache
def document(name: str) -> Document:
    path = (ANSWERS if name.startswith("documents/") else PROJECT) / name
    return parse_document(path.read_bytes(), path.name, BUILT_IN)


@pytest.mark.parametrize("folder", [ANSWERS, CHARGES, FEES], ids=lambda folder: folder.name)
def test_a_set_loads_whole_and_asks_nothing_twice(folder: Path) -> None:
    found = load_set(folder)
    assert found.faults == ()
    lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(found.queries) == len(lines) == len({query.text.casefold() for query in found.queries})


def test_it_is_large_enough(answers: EvaluationSet) -> None:
    assert sum(query.answerable for query in answers.queries) >= 300
    assert sum(not query.answerable for query in answers.queries) >= 150
    assert sum(query.verdict is not None for query in answers.queries) >= 100
    assert len({mark["query"] for mark in MARKS if mark["part"] == 2}) >= 40


def test_every_mark_is_the_words_of_its_document() -> None:
    for mark in MARKS:
        text = document(mark["document"]).text
        assert text[mark["start"] : mark["end"]] == mark["quote"], mark
        assert mark["quote"] == mark["quote"].strip()


def test_a_mark_in_prose_is_whole_sentences_of_one_section() -> None:
    for mark in MARKS:
        if mark["document"].endswith(".csv"):
            continue
        held = document(mark["document"])
        sections = [one for one in held.sections if one.start <= mark["start"] and mark["end"] <= one.end]
        assert sections, mark
        starts = {start for start, _ in split_sentences(held.text, mark["start"], sections[0].end)}
        assert mark["start"] in starts and re.search(r"[.?!:;\w)|”\"]$", mark["quote"]), mark


def test_every_answerable_query_is_marked_and_a_yes_or_no_has_its_verdict(answers: EvaluationSet) -> None:
    for query in answers.queries:
        assert query.answerable == (query.id in answers.marks), query.id
        assert (query.verdict is not None) == (query.wants == "yes_no" and query.answerable), query.id


def test_every_document_is_asked_about_with_and_without_an_answer() -> None:
    asked: dict[str, set[bool]] = defaultdict(set)
    for line in LINES:
        if line["document"].startswith("documents/"):
            asked[line["document"]].add(line["answerable"])
    assert asked.keys() == {f"documents/{path.name}" for path in (ANSWERS / "documents").iterdir()}
    assert all(found == {True, False} for found in asked.values())


def test_judged_codes_are_of_documents_that_are_there(answers: EvaluationSet) -> None:
    held = {str(entry.code.bare) for line in LINES for entry in document(line["document"]).entries}
    held |= {f"CPT:{path.stem}" for path in (PROJECT / "corpus" / "cpt").glob("*.md")}
    assert not {code for codes in answers.qrels.values() for code in codes} - held


def test_the_charges_asked_for_are_on_the_list() -> None:
    system = own_system("SX", r"SX-\d{5}")
    listed = parse_document((CHARGES / "charges.csv").read_bytes(), "charges.csv", (*BUILT_IN, system))
    held = {str(entry.code.bare) for entry in listed.entries}
    assert len(held) >= 1_500
    right = {code for codes in load_set(CHARGES).qrels.values() for code in codes}
    assert len(right) >= 250 and right <= held


def test_the_fees_asked_for_are_rows_of_the_schedule(shared_data: Path) -> None:
    with (shared_data / "tables" / "fee-schedule-layout-2025.csv").open(encoding="latin-1", newline="") as file:
        rows = {row[0] for row in csv.reader(file) if row}
    right = {code.split(":")[1] for codes in load_set(FEES).qrels.values() for code in codes}
    assert len(load_set(FEES).queries) >= 300 and right <= rows
