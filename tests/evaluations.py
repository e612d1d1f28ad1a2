"""Evaluation values for tests: runs, sets and reports."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from assistant.evaluation import EvaluationQuery, EvaluationSet, Measured, Place, RunLine, report_body
from assistant.types import Citation

MADE = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


def line(
    query: str,
    *codes: str,
    kind: str = "answer",
    confidence: float = 0.5,
    passages: Sequence[str] = (),
    quotes: Sequence[Citation] = (),
    milliseconds: float = 7.891,
    proposed: Sequence[str] = (),
    statements: Sequence[Place] = (),
    verdict: Literal["yes", "no"] | None = None,
    choice: Sequence[str] = (),
) -> RunLine:
    candidates = tuple({"code": code, "confidence": confidence, "score": 1.0} for code in codes)
    reason = "out_of_corpus" if kind == "refusal" else None
    return RunLine(
        query,
        kind,
        reason,
        confidence,
        milliseconds,
        candidates,
        tuple(passages),
        tuple(quotes),
        tuple(proposed),
        tuple(statements),
        verdict,
        tuple(choice),
    )


def asked(query_id: str, slice_name: str = "lay", *, answerable: bool = True, text: str = "…") -> EvaluationQuery:
    return EvaluationQuery(id=query_id, text=text, slice=slice_name, answerable=answerable)


def citation(quote: str, title: str = "A document", section: str = "Lead") -> Citation:
    return Citation("a-document", title, "0" * 64, "2025", "a-document#lead", section, None, 0, len(quote), quote)


QUERIES = (
    asked("a"),
    asked("b"),
    asked("c", "guide"),
    asked("d", "chat", answerable=False),
    asked("e", "chat", answerable=False),
)
QRELS = {
    "a": frozenset({"CPT:20972"}),
    "b": frozenset({"CPT:20970"}),
    "c": frozenset({"PASSAGE:guide#splints"}),
}
RUN = {
    "a": line("a", "CPT:20972", confidence=0.9, quotes=(citation("Said."),)),
    "b": line("b", "CPT:20972", "CPT:20970", kind="refusal", confidence=0.3),
    "c": line("c", "CPT:20972", passages=("guide#casts",), confidence=0.8, quotes=(citation("Casts are said."),)),
    "d": line("d", kind="refusal", confidence=0.1),
    "e": line("e", "CPT:20957", confidence=0.7, milliseconds=20.0),
}


def measured(
    queries: Sequence[EvaluationQuery] = QUERIES,
    qrels: Mapping[str, frozenset[str]] = QRELS,
    run: Mapping[str, RunLine] = RUN,
    **facts: Any,
) -> Measured:
    known = {"split": "test", "by": "assistant", "library": {"generation": 7, "embedding_model": "fake"}, "made": MADE}
    checked = sum(len(one.quotes) for one in run.values())
    evaluation = EvaluationSet("mine", tuple(queries), qrels)
    return Measured(evaluation=evaluation, queries=tuple(queries), run=run, **{**known, "checked": checked, **facts})


def report(**facts: Any) -> dict[str, Any]:
    return report_body(measured(**facts))
