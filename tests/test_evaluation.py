"""Measures that an independent reckoning must agree with, and sets that name the line that cannot be used."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.evaluation import (
    MEASURES,
    EvaluationQuery,
    RunLine,
    load_set,
    measure,
    report_body,
    score,
    write_run,
)

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


def line(query: str, *codes: str, kind: str = "answer", passages: tuple[str, ...] = ()) -> RunLine:
    candidates = tuple({"code": code, "confidence": 0.5, "score": 1.0} for code in codes)
    return RunLine(query, kind, None if kind == "answer" else "out_of_corpus", 0.123456, 7.891, candidates, passages)


def test_scores_are_means_per_slice_and_overall() -> None:
    queries = [
        EvaluationQuery(id="a", text="…", slice="lay"),
        EvaluationQuery(id="b", text="…", slice="lay"),
        EvaluationQuery(id="c", text="…", slice="guide"),
        EvaluationQuery(id="d", text="…", slice="chat", answerable=False),
    ]
    qrels = {
        "a": frozenset({"CPT:20972"}),
        "b": frozenset({"CPT:20970"}),
        "c": frozenset({"PASSAGE:guide#splints"}),
    }
    run = {
        "a": line("a", "CPT:20972"),
        "b": line("b", "CPT:20972", "CPT:20970", kind="refusal"),
        "c": line("c", "CPT:20972", passages=("guide#splints",)),
        "d": line("d", kind="refusal"),
    }
    found = {item.slice: item for item in score(queries, qrels, run)}
    assert list(found) == ["lay", "guide", "chat", "answerable", "unanswerable"]
    assert (found["lay"].queries, found["lay"].answered) == (2, 1)
    assert found["lay"].measures["hit@1"] == 0.5
    assert found["lay"].measures["mrr"] == 0.75
    # Passages are scored among passages: the code before it takes no rank from it.
    assert found["guide"].measures["hit@1"] == 1.0
    assert found["chat"].measures == {} and found["chat"].answered == 0
    assert found["answerable"].measures["hit@1"] == pytest.approx(2 / 3)
    assert found["unanswerable"].queries == 1


def test_a_report_and_a_run_are_plain_json(tmp_path: Path) -> None:
    queries = [EvaluationQuery(id="a", text="…")]
    scores = score(queries, {"a": frozenset({"CPT:20972"})}, {"a": line("a", "CPT:20972")})
    body = json.loads(json.dumps(report_body("starter", "test", scores, {"generation": 7})))
    assert (body["set"], body["split"], body["generation"]) == ("starter", "test", 7)
    assert body["slices"][0] == {"slice": "all", "queries": 1, "answered": 1, **dict.fromkeys(MEASURES, 1.0)}

    write_run(tmp_path / "run.jsonl", [line("a", "CPT:20972"), line("b", kind="refusal")])
    first, second = map(json.loads, (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines())
    assert first == {
        "id": "a", "kind": "answer", "reason": None, "confidence": 0.1235, "milliseconds": 7.89,
        "candidates": [{"code": "CPT:20972", "confidence": 0.5, "score": 1.0}], "passages": [],
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


@pytest.mark.parametrize(
    ("queries", "qrels", "message"),
    [
        ('{"id": "a", "text": "x"}\n{"id": "b"}', "", r"queries\.jsonl line 2: text: "),
        ("{", "", r"queries\.jsonl line 1: "),
        (b'{"id": "a", "text": "\xff"}', "", r"queries\.jsonl is not written in UTF-8"),
        ('{"id": "a", "text": "x"}', "b\t0\tCPT:20972\t1", r"qrels\.tsv line 1: "),
        ('{"id": "a", "text": "x"}', "\na CPT:20972", r"qrels\.tsv line 2: "),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, queries: str | bytes, qrels: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_set(write_set(tmp_path, queries, qrels))


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"queries\.jsonl cannot be read"):
        load_set(tmp_path)
