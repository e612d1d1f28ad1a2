"""The evaluation sets keep their own promises: complete, split cleanly, and judged against what the corpus holds."""

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
import yaml

from assistant.evaluation import EvaluationSet, load_set
from assistant.parsing import parse_document
from assistant.types.codes import BUILT_IN, CPT

PROJECT = Path(__file__).parents[1]
STARTER = PROJECT / "eval" / "starter"
LINES = [json.loads(line) for line in (STARTER / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
EVIDENCE = [json.loads(line) for line in (STARTER / "evidence.jsonl").read_text(encoding="utf-8").splitlines()]
QRELS = [line.split("\t") for line in (STARTER / "qrels.tsv").read_text(encoding="utf-8").splitlines()]
NOTES = {line["id"]: line["text"] for line in LINES if line["kind"] == "note"}


@pytest.fixture(scope="module")
def starter() -> EvaluationSet:
    return load_set(STARTER)


@cache
def families() -> dict[str, str]:
    """The family of every code that has a page."""
    found = {}
    for page in (PROJECT / "corpus" / "cpt").glob("*.md"):
        head = yaml.safe_load(page.read_text(encoding="utf-8").split("---\n", 2)[1])
        found[head["code"]] = head["family"]
    return found


@cache
def guide_sections() -> frozenset[str]:
    """`PASSAGE:document#section` for every section of the guides, as parsing cuts them."""
    documents = [
        parse_document(guide.read_bytes(), guide.name, BUILT_IN)
        for guide in (PROJECT / "corpus" / "guides").glob("*.md")
    ]
    return frozenset(f"PASSAGE:{d.id}#{section.slug}" for d in documents for section in d.sections)


@cache
def judged() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for query, _, relevant, _ in QRELS:
        found[query].add(relevant)
    return found


def test_it_loads_whole(starter: EvaluationSet) -> None:
    assert len(starter.queries) == len(LINES)
    assert sum(map(len, starter.qrels.values())) == len(QRELS)


def test_ids_and_texts_are_unique() -> None:
    assert len({line["id"] for line in LINES}) == len(LINES)
    assert len({line["text"].casefold() for line in LINES}) == len(LINES)


def test_it_is_large_enough(starter: EvaluationSet) -> None:
    asked = [query for query in starter.queries if query.kind == "query"]
    assert sum(query.answerable for query in asked) >= 600
    assert sum(not query.answerable for query in asked) >= 300
    assert len(NOTES) >= 90
    for split in ("calibration", "test"):
        assert {query.answerable for query in asked if query.split == split} == {True, False}


def test_no_family_is_in_both_splits() -> None:
    splits: dict[str, set[str]] = defaultdict(set)
    for line in LINES:
        assert line["split"] in {"calibration", "test"}
        if line["family"] != "none":
            splits[line["family"]].add(line["split"])
    assert len(splits) > 40
    assert not {family for family, found in splits.items() if len(found) > 1}


def test_no_judged_code_has_its_family_in_the_other_split() -> None:
    split_of = {line["family"]: line["split"] for line in LINES if line["family"] != "none"}
    for line in LINES:
        for relevant in judged().get(line["id"], ()):
            if relevant in families():
                assert split_of[families()[relevant]] == line["split"], f"{line['id']}: {relevant}"


def test_exactly_the_answerable_are_judged() -> None:
    assert {query for query, *_ in QRELS} <= {line["id"] for line in LINES}
    assert set(judged()) == {line["id"] for line in LINES if line["answerable"]}
    assert len({(query, relevant) for query, _, relevant, _ in QRELS}) == len(QRELS)
    assert {(iteration, relevance) for _, iteration, _, relevance in QRELS} == {("0", "1")}


def test_what_is_judged_stands_in_the_corpus() -> None:
    known = families().keys() | guide_sections()
    assert not {relevant for _, _, relevant, _ in QRELS} - known


def test_a_query_is_judged_by_codes_or_by_passages() -> None:
    for query, relevant in judged().items():
        assert len({item.startswith("PASSAGE:") for item in relevant}) == 1, query


def test_evidence_is_words_of_its_note_for_a_judged_code() -> None:
    right = judged()
    for item in EVIDENCE:
        text = NOTES[item["id"]]
        assert 0 <= item["start"] < item["end"] <= len(text)
        quote = text[item["start"] : item["end"]]
        assert quote == quote.strip() and len(quote.split()) >= 2, f"{item['id']}: {quote!r}"
        assert item["code"] in right[item["id"]]
    shown = {(item["id"], item["code"]) for item in EVIDENCE}
    assert shown == {(note, code) for note in NOTES for code in right.get(note, ())}


def test_notes_are_as_long_as_notes_are() -> None:
    assert not {note for note, text in NOTES.items() if not 60 <= len(text.split()) <= 1500}


def test_only_questions_about_a_code_name_the_code_they_are_judged_by() -> None:
    right = judged()
    for line in LINES:
        named = {f"CPT:{value}" for value in re.findall(r"(?<!\w)[0-9]{4}[0-9FTUM](?!\w)", line["text"])}
        if line["slice"] == "about-code":
            assert named & right[line["id"]], f"{line['id']} names no code of its judgement"
        else:
            assert not named & right.get(line["id"], set()), f"{line['id']} gives its answer away"


def test_lay_language_holds_no_code_numbers() -> None:
    lay = [line["text"] for line in LINES if line["slice"] == "lay-language"]
    assert lay
    assert not [text for text in lay if any(CPT.in_text.finditer(text))]
