"""ir-measures, and so trec_eval, gets the same figures from our files as we do from the run."""

import csv
from pathlib import Path

import ir_measures
import pytest
from evaluations import QRELS, QUERIES, RUN, asked, line
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG

from assistant.errors import InputError
from assistant.evaluation import RunLine, is_wrong, score, write_trec
from assistant.evaluation.measures import measure

ITEMS = [f"CPT:{number}" for number in range(20950, 20980)]
THEIRS = {
    "hit@1": Success @ 1,
    "hit@5": Success @ 5,
    "hit@10": Success @ 10,
    "recall@5": R @ 5,
    "recall@10": R @ 10,
    "mrr": RR,
    "ndcg@10": nDCG @ 10,
}
RANKINGS = st.lists(st.sampled_from(ITEMS), max_size=25, unique=True)
RELEVANT = st.frozensets(st.sampled_from(ITEMS), min_size=1, max_size=14)


@settings(deadline=None)
@given(st.lists(st.tuples(RANKINGS, RELEVANT), min_size=1, max_size=8))
def test_measures_agree_with_ir_measures(judged) -> None:
    run = [
        ir_measures.ScoredDoc(str(query), item, float(-rank))
        for query, (ranking, _) in enumerate(judged)
        for rank, item in enumerate(ranking)
    ]
    qrels = [ir_measures.Qrel(str(query), item, 1) for query, (_, right) in enumerate(judged) for item in right]
    found = {(one.query_id, str(one.measure)): one.value for one in ir_measures.iter_calc(THEIRS.values(), qrels, run)}
    for query, (ranking, relevant) in enumerate(judged):
        ours = measure(ranking, relevant)
        assert ours.keys() == THEIRS.keys()
        for name, theirs in THEIRS.items():
            assert ours[name] == pytest.approx(found[str(query), str(theirs)]), name


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.lists(st.sampled_from(ITEMS), max_size=12), RELEVANT), min_size=1, max_size=6))
def test_files_give_the_same_means(tmp_path_factory, judged) -> None:
    folder = tmp_path_factory.mktemp("trec")
    queries = [asked(f"q {number}") for number in range(len(judged))]
    qrels = {query.id: relevant for query, (_, relevant) in zip(queries, judged, strict=True)}
    run: dict[str, RunLine] = {
        query.id: line(query.id, *ranking) for query, (ranking, _) in zip(queries, judged, strict=True)
    }
    write_trec(folder, queries, qrels, run)
    theirs = ir_measures.calc_aggregate(
        THEIRS.values(),
        list(ir_measures.read_trec_qrels(str(folder / "qrels.trec"))),
        list(ir_measures.read_trec_run(str(folder / "run.trec"))),
    )
    ours = score(queries, qrels, run)[-1].measures
    for name, measure_of_theirs in THEIRS.items():
        assert ours[name] == pytest.approx(theirs[measure_of_theirs]), name


def test_what_was_withheld_and_what_was_decided_is_in_the_files(tmp_path: Path) -> None:
    write_trec(tmp_path / "new" / "folder", QUERIES, QRELS, RUN)
    folder = tmp_path / "new" / "folder"
    ranked = [text.split() for text in (folder / "run.trec").read_text(encoding="utf-8").splitlines()]
    assert [text[2] for text in ranked if text[0] == "b"] == ["CPT:20972", "CPT:20970"]
    # Judged by passages, ranked by passages.
    assert [text[2] for text in ranked if text[0] == "c"] == ["PASSAGE:guide#casts"]
    with (folder / "outcomes.tsv").open(encoding="utf-8", newline="") as file:
        rows = {row["query"]: row for row in csv.DictReader(file, delimiter="\t")}
    assert rows.keys() == RUN.keys()
    for query in QUERIES:
        row, one = rows[query.id], RUN[query.id]
        assert (row["answerable"], row["answered"]) == (str(int(query.answerable)), str(int(one.answered)))
        assert row["wrong"] == str(int(is_wrong(one, QRELS.get(query.id))))
        assert float(row["confidence"]) == pytest.approx(one.confidence)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="taken cannot be written"):
        write_trec(tmp_path / "taken", QUERIES, QRELS, RUN)
