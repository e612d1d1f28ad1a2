"""Measures that an independent reckoning must agree with, and sets that name the line that cannot be used."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from evaluations import QRELS, QUERIES, RUN, line
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.evaluation import (
    MEASURES,
    SHOWN,
    Place,
    RunLine,
    is_wrong,
    load_set,
    measure,
    read_run,
    score,
    shows_right,
    write_run,
)
from assistant.evaluation.intervals import share_interval
from assistant.evaluation.measures import measure_set

ITEMS = [f"CPT:{number}" for number in range(20950, 20980)]
RANKINGS = st.lists(st.sampled_from(ITEMS), max_size=25)
RELEVANT = st.frozensets(st.sampled_from(ITEMS), min_size=1, max_size=14)


def reckoned(ranking: list[str], relevant: frozenset[str]) -> dict[str, float]:
    """The measures once more, from their definitions, position by position."""
    gains = [1 if item in relevant else 0 for item in ranking]
    dcg = sum(gain / math.log2(place + 2) for place, gain in enumerate(gains[:10]))
    best = sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))
    firsts = [place for place, gain in enumerate(gains) if gain]
    return {
        "hit@1": float(any(gains[:1])),
        "hit@5": float(any(gains[:5])),
        "hit@10": float(any(gains[:10])),
        "recall@5": sum(gains[:5]) / len(relevant),
        "recall@10": sum(gains[:10]) / len(relevant),
        "mrr": 1 / (firsts[0] + 1) if firsts else 0.0,
        "ndcg@10": dcg / best,
    }


@given(st.lists(st.sampled_from(ITEMS), max_size=25, unique=True), RELEVANT)
def test_measures_agree_with_their_definitions(ranking, relevant) -> None:
    assert measure(ranking, relevant) == pytest.approx(reckoned(ranking, relevant))


@given(RANKINGS, RELEVANT)
def test_measures_are_shares(ranking, relevant) -> None:
    found = measure(ranking, relevant)
    assert tuple(found) == MEASURES
    assert all(0.0 <= value <= 1.0 + 1e-12 for value in found.values())
    assert found["hit@1"] <= found["hit@5"] <= found["hit@10"]


@given(RELEVANT, st.lists(st.sampled_from(ITEMS), max_size=25, unique=True))
def test_the_relevant_first_is_perfect_and_no_other_ranking_is_better(relevant, ranking) -> None:
    perfect = measure(sorted(relevant) + [item for item in ITEMS if item not in relevant], relevant)
    assert perfect["mrr"] == perfect["hit@1"] == perfect["ndcg@10"] == pytest.approx(1.0)
    assert perfect["recall@10"] == min(10, len(relevant)) / len(relevant)
    assert all(value <= perfect[name] + 1e-12 for name, value in measure(ranking, relevant).items())


@given(RANKINGS, RELEVANT)
def test_a_code_ranked_twice_counts_once(ranking, relevant) -> None:
    assert measure(ranking, relevant) == measure(list(dict.fromkeys(ranking)), relevant)


def test_scores_are_means_per_slice_and_overall() -> None:
    found = {item.slice: item for item in score(QUERIES, QRELS, RUN)}
    assert list(found) == ["lay", "guide", "chat", "answerable", "unanswerable"]
    assert (found["lay"].queries, found["lay"].answered, found["lay"].wrong) == (2, 1, 0)
    assert found["lay"].measures["hit@1"] == 0.5
    assert found["lay"].measures["mrr"] == 0.75
    # Passages are scored among passages: the code before it takes no rank from it.
    guide = {**RUN, "c": line("c", "CPT:20972", passages=("guide#splints",))}
    assert score(QUERIES, QRELS, guide)[1].measures["hit@1"] == 1.0
    assert found["guide"].measures["hit@1"] == 0.0 and found["guide"].wrong == 1
    assert found["chat"].measures == {} and (found["chat"].answered, found["chat"].wrong) == (1, 1)
    assert found["answerable"].measures["hit@1"] == pytest.approx(1 / 3)
    assert found["unanswerable"].queries == 2
    low, high = found["answerable"].intervals["hit@1"]
    assert low <= 1 / 3 <= high
    assert found["chat"].intervals["answered"] == share_interval(1, 2)


def test_named_codes_are_scored_where_an_answer_was_given_and_codes_were_judged() -> None:
    found = {item.slice: item for item in score(QUERIES, QRELS, RUN)}
    # "b" was refused, "c" is judged by passages.
    assert found["answerable"].judged["precision"] == 1 and found["answerable"].judged["hit@1"] == 3
    assert found["answerable"].measures["precision"] == found["answerable"].measures["exact-set"] == 1.0
    assert "precision" not in found["guide"].measures


@given(st.lists(st.sampled_from(ITEMS), max_size=8), RELEVANT)
def test_set_measures_agree_with_their_definitions(named, relevant) -> None:
    found = measure_set(named, relevant)
    assert found["precision"] == (sum(item in relevant for item in set(named)) / len(set(named)) if named else 0.0)
    assert found["exact-set"] == (1.0 if set(named) == set(relevant) else 0.0)


def test_named_is_the_first_code_and_what_is_half_as_sure() -> None:
    def said(*confidences: float, kind: str = "answer") -> tuple[str, ...]:
        candidates = tuple({"code": f"CPT:{n}", "confidence": c, "score": 0.0} for n, c in enumerate(confidences))
        return RunLine("q", kind, None, 0.9, 1.0, candidates, proposed=("CPT:7",)).named

    assert said(0.6, 0.3, 0.2) == ("CPT:0", "CPT:1")
    assert said() == ()
    assert said(0.6, 0.1, kind="suggestion") == ("CPT:7",)
    assert len(said(*[0.1] * 9)) == SHOWN


def test_right_is_what_a_person_sees_first() -> None:
    relevant = frozenset({"CPT:20955"})
    assert not is_wrong(line("q", "CPT:20955", "CPT:20950"), relevant)
    assert is_wrong(line("q", "CPT:20950", "CPT:20955"), relevant)  # second is not first
    assert is_wrong(line("q"), relevant)
    # A suggestion leads with what it proposes first, however its ranking goes.
    ranked = ("CPT:20955", "CPT:20950")
    assert is_wrong(line("q", *ranked, kind="suggestion", proposed=ranked[::-1]), relevant)
    assert not is_wrong(line("q", *ranked[::-1], kind="suggestion", proposed=ranked), relevant)
    assert is_wrong(line("q", "CPT:20955"), None)
    guide = frozenset({"PASSAGE:guide#splints"})
    assert is_wrong(line("q", "CPT:20955", passages=("guide#casts", "guide#splints")), guide)
    assert not is_wrong(line("q", "CPT:20955", passages=("guide#splints", "guide#casts")), guide)
    assert is_wrong(line("q", "CPT:20950", kind="refusal"), relevant)  # as it would have been


def test_a_code_of_a_choice_is_shown_first_and_a_list_of_five_is_no_choice() -> None:
    relevant = frozenset({"CPT:20955"})
    assert not is_wrong(line("q", "CPT:20950", "CPT:20955", choice=("CPT:20950", "CPT:20955")), relevant)
    assert is_wrong(line("q", "CPT:20950", "CPT:20955", choice=("CPT:20950", "CPT:20957")), relevant)
    assert shows_right(["CPT:20950"], [], relevant, choice=["CPT:20955"])
    assert not shows_right(["CPT:20950", "CPT:20955"], ["PASSAGE:guide#splints"], relevant)


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    suggestion = line("n", "CPT:20972", "CPT:20970", kind="suggestion", proposed=("CPT:20970",))
    places = (Place("a-document", 3, 9), Place("another", 0, 4))
    quoting = line("s", "CPT:20972", "CPT:20970", statements=places, verdict="no", choice=("CPT:20970", "CPT:20972"))
    written = [*RUN.values(), suggestion, quoting]
    write_run(path, written)
    found, faults = read_run(path)
    assert faults == ()
    assert [one.body() for one in found.values()] == [one.body() for one in written]
    assert found["n"].said == ("CPT:20970",)
    assert replace(found["s"], milliseconds=quoting.milliseconds) == quoting and found["a"].statements == ()
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id": "a", "kind": "answer"}\n{"id": "x", "kind": "maybe"}\nnonsense\n')
        file.write('{"id": "y", "kind": "answer", "verdict": "maybe"}\n')
        file.write('{"id": "z", "kind": "answer", "statements": [{"document": "d", "start": -1, "end": 2}]}\n')
    found, faults = read_run(path)
    assert len(found) == len(written)
    assert [fault.split(":")[0] for fault in faults] == [
        "run.jsonl line 8", "run.jsonl line 9", "run.jsonl line 10", "run.jsonl line 11", "run.jsonl line 12",
    ]  # fmt: skip
    path.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="holds no line of a run"):
        read_run(path)


def test_a_run_of_before_there_were_statements_is_read(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text('{"id": "a", "kind": "answer"}\n', encoding="utf-8")
    (found,) = read_run(tmp_path / "run.jsonl")[0].values()
    assert (found.statements, found.verdict, found.choice) == ((), None, ())


def test_a_run_is_plain_json(tmp_path: Path) -> None:
    lines = [line("a", "CPT:20972", confidence=0.123456), line("b", kind="refusal")]
    write_run(tmp_path / "run.jsonl", lines)
    first, second = map(json.loads, (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines())
    assert first == {
        "id": "a", "kind": "answer", "reason": None, "confidence": 0.1235, "milliseconds": 7.89,
        "candidates": [{"code": "CPT:20972", "confidence": 0.123456, "score": 1.0}], "passages": [],
        "statements": [], "verdict": None, "choice": [],
    }  # fmt: skip
    assert (second["kind"], second["reason"]) == ("refusal", "out_of_corpus")
    with pytest.raises(InputError, match=r"run\.jsonl cannot be written"):
        write_run(tmp_path / "no folder" / "run.jsonl", [])


def write_set(folder: Path, queries: str | bytes, qrels: str = "") -> Path:
    (folder / "queries.jsonl").write_bytes(queries if isinstance(queries, bytes) else queries.encode())
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_a_set_is_read(tmp_path: Path) -> None:
    queries = (
        '{"id": "a", "text": "a line\u2028break", "split": "test", "family": "more"}\r\n\n{"id": "b", "text": "y"}'
    )
    found = load_set(write_set(tmp_path, queries, "a\t0\tCPT:20972\t1\na\t0\tCPT:20970\t0\nb\t0\tCPT:20973\t1\r\n"))
    assert [(query.id, query.text, query.answerable) for query in found.queries] == [
        ("a", "a line\u2028break", True),
        ("b", "y", True),
    ]
    assert found.qrels == {"a": {"CPT:20972"}, "b": {"CPT:20973"}}


def test_a_line_that_cannot_be_used_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    queries = (
        '{"id": "a", "text": "x"}\n{"id": "b"}\n{\n{"id": "a", "text": "again"}\n{"id": "c", "text": " "}\n'
        '{"id": "d", "text": "talk", "answerable": false}\n{"id": "e", "text": "judged by nobody"}'
    )
    qrels = "a\t0\tCPT:20972\t1\nz\t0\tCPT:20972\t1\na CPT:20972\nd\t0\tCPT:20972\t1"
    found = load_set(write_set(tmp_path, queries, qrels))
    assert [query.id for query in found.queries] == ["a", "d"]
    assert found.qrels == {"a": {"CPT:20972"}}
    assert [fault.split(":")[0] for fault in found.faults] == [
        "queries.jsonl line 2", "queries.jsonl line 3", "queries.jsonl line 4", "queries.jsonl line 5",
        "qrels.tsv line 2", "qrels.tsv line 3", "qrels.tsv line 4", "queries.jsonl",
    ]  # fmt: skip
    assert "query e is answerable" in found.faults[-1]


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ("{", r"holds no query that can be used: queries\.jsonl line 1: "),
        ("", "holds no query that can be used: it is empty"),
        (b'{"id": "a", "text": "\xff"}', r"queries\.jsonl is not written in UTF-8"),
    ],
)
def test_a_set_of_no_use_is_refused(tmp_path: Path, queries: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_set(write_set(tmp_path, queries))


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"queries\.jsonl cannot be read"):
        load_set(tmp_path)
