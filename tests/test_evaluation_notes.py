"""The figures of notes agree with figures worked out by hand."""

import json
import math
from pathlib import Path

import pytest

from assistant.errors import InputError
from assistant.evaluation import EvaluationQuery, RunLine
from assistant.evaluation.notes import (
    NOTE_MEASURES,
    NoteLine,
    load_evidence,
    notes_body,
    notes_table,
    score_notes,
    token_f1,
)

TEXT = "one two three four five six"


def query(name: str, slice_: str = "s", *, answerable: bool = True) -> EvaluationQuery:
    return EvaluationQuery(id=name, text=TEXT, kind="note", slice=slice_, answerable=answerable)


def line(name: str, *codes: str) -> RunLine:
    return RunLine(
        name, "suggestion", None, 0.9, 1.0, tuple({"code": c, "confidence": 0.5, "score": 1.0} for c in codes)
    )


def test_token_f1_counts_shared_tokens() -> None:
    assert token_f1(TEXT, [(0, 13)], [(0, 13)]) == 1.0
    assert token_f1(TEXT, [(0, 7)], [(4, 13)]) == pytest.approx(2 * 1 / 4)  # one two | two three
    assert token_f1(TEXT, [(0, 3)], [(8, 13)]) == 0.0
    assert token_f1(TEXT, [], []) == 1.0


def test_the_figures_of_two_notes_and_a_foreign_one() -> None:
    queries = [query("a"), query("b", "t"), query("c", "u", answerable=False)]
    qrels = {"a": frozenset({"CPT:1", "CPT:2"}), "b": frozenset({"CPT:3"})}
    run = {"a": line("a", "CPT:1", "CPT:9", "CPT:2"), "b": line("b", "CPT:9", "CPT:3"), "c": line("c", "CPT:9")}
    lines = {
        "a": NoteLine("a", TEXT, {"CPT:1": ((0, 7),), "CPT:2": ((8, 13),)}, ("CPT:9", "CPT:2")),
        "b": NoteLine("b", TEXT, {"CPT:9": ((0, 3),), "CPT:3": ((0, 3),)}, ("CPT:9",)),
        "c": NoteLine("c", TEXT, {}),
    }
    marked = {("a", "CPT:1"): [(0, 7)], ("a", "CPT:2"): [(0, 3)]}
    scores = score_notes(queries, qrels, run, lines, marked)
    found = scores["notes"]
    assert found["notes"] == 3
    assert found["hit@1"] == 0.5 and found["recall@10"] == 1.0
    assert found["precision"] == 0.75 and found["recall"] == 1.0
    assert found["extra"] == 0.5 and found["exact"] == 0.5
    assert found["evidence_f1"] == 0.5 and found["evidence_slices"] == 1.0
    # Of three statements of what was not done, one led to a wrong code.
    assert found["stray"] == pytest.approx(1 / 3) and found["stray_statements"] == 3
    assert found["refused"] == 1.0
    assert math.isnan(scores["u"]["hit@1"]) and scores["s"]["exact"] == 1.0


def test_a_proposal_for_a_foreign_note_is_no_refusal() -> None:
    lines = {"c": NoteLine("c", TEXT, {"CPT:9": ((0, 3),)})}
    found = score_notes([query("c", answerable=False)], {}, {"c": line("c", "CPT:9")}, lines, {})
    assert found["notes"]["refused"] == 0.0


def test_figures_leave_as_json_and_as_a_table() -> None:
    lines = {"c": NoteLine("c", TEXT, {})}
    scores = score_notes([query("c", answerable=False)], {}, {"c": line("c")}, lines, {})
    body = notes_body(scores)
    assert json.loads(json.dumps(body, allow_nan=False))["notes"]["hit@1"] is None
    assert set(body["notes"]) == set(NOTE_MEASURES)
    written: list[str] = []
    notes_table(scores, write=written.append)
    assert written[0].startswith("slice") and len(written) == 3


def test_evidence_is_read_by_note_and_code(tmp_path: Path) -> None:
    assert load_evidence(tmp_path) == {}
    rows = [{"id": "a", "code": "CPT:1", "start": 0, "end": 3}, {"id": "a", "code": "CPT:1", "start": 4, "end": 7}]
    (tmp_path / "evidence.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    assert load_evidence(tmp_path) == {("a", "CPT:1"): ((0, 3), (4, 7))}
    (tmp_path / "evidence.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(InputError, match="line 1"):
        load_evidence(tmp_path)
