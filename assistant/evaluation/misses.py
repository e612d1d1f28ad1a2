"""Chooses the worst misses of a run: what was asked, what was said, what was right, and the words quoted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from assistant.evaluation.measures import is_wrong
from assistant.evaluation.runs import RunLine
from assistant.evaluation.sets import EvaluationQuery
from assistant.evaluation.statements import NO_MARKS, Mark, Marks
from assistant.types import Citation

# The outcomes that should not be: a wrong answer, an answer to the unanswerable, a refusal of the answerable.
OUTCOMES = ("wrong", "answered", "refused")
_OF_EACH = 15
_QUOTES = 3


def miss(
    query: EvaluationQuery, line: RunLine, relevant: frozenset[str] | None, marks: Sequence[Mark] = ()
) -> str | None:
    """Which of the outcomes that should not be this is; None where all is well."""
    if not line.answered:
        return "refused" if query.answerable else None
    if not query.answerable:
        return "answered"
    return "wrong" if is_wrong(line, relevant, marks) else None


def count_misses(
    queries: Sequence[EvaluationQuery],
    qrels: Mapping[str, frozenset[str]],
    run: Mapping[str, RunLine],
    marks: Marks = NO_MARKS,
) -> dict[str, int]:
    """How often each such outcome occurred."""
    found = [miss(query, run[query.id], qrels.get(query.id), marks.get(query.id, ())) for query in queries]
    return {outcome: found.count(outcome) for outcome in OUTCOMES}


def worst_misses(
    queries: Sequence[EvaluationQuery],
    qrels: Mapping[str, frozenset[str]],
    run: Mapping[str, RunLine],
    marks: Marks = NO_MARKS,
) -> list[dict[str, Any]]:
    """The worst misses of each kind: the answers that were most confident, and the refusals that were least.

    A note's words are left out, for they may name a patient.
    """
    found: dict[str, list[tuple[float, str, dict[str, Any]]]] = {outcome: [] for outcome in OUTCOMES}
    for query in queries:
        line, relevant, marked = run[query.id], qrels.get(query.id), marks.get(query.id, ())
        outcome = miss(query, line, relevant, marked)
        if outcome is None:
            continue
        body = {
            "id": query.id,
            "slice": query.slice,
            "query": query.text if query.kind == "query" else f"(the {query.kind} {query.id})",
            "outcome": outcome,
            "confidence": round(line.confidence, 4),
            "reason": line.reason,
            "said": list(line.said),
            "right": sorted(relevant or ()),
            "marked": [_marked(mark) for mark in marked],
            "quotes": [_citation(quote) for quote in line.quotes[:_QUOTES]],
        }
        certainty = line.confidence if outcome == "refused" else -line.confidence
        found[outcome].append((certainty, query.id, body))
    return [body for outcome in OUTCOMES for _, _, body in sorted(found[outcome], key=lambda item: item[:2])[:_OF_EACH]]


def _citation(quote: Citation) -> dict[str, Any]:
    return {**asdict(quote), "location": quote.location or None}


def _marked(mark: Mark) -> dict[str, Any]:
    return {"document_id": mark.place.document, "start": mark.place.start, "end": mark.place.end, "quote": mark.quote}
