"""Gathers all figures of a run into one JSON object: the report that is kept, sent and drawn."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from assistant.evaluation.comparing import Comparison
from assistant.evaluation.measures import MEASURES, is_wrong, score
from assistant.evaluation.misses import count_misses, worst_misses
from assistant.evaluation.risk import Decision, GateScore, score_gate
from assistant.evaluation.runs import RunLine
from assistant.evaluation.sets import EvaluationQuery, EvaluationSet
from assistant.evaluation.statements import NO_MARKS, Marks
from assistant.evaluation.summary import sentences

_FAULTS = 50
_BARS = 24


@dataclass(frozen=True, slots=True)
class Measured:
    """All that goes into a report: some queries of a set, their run, and facts about the library.

    `by` is "assistant" or the one search that was run. `checked` counts the citations compared with the library, and
    `broken` says what is wrong with each that does not stand. `absent` are right codes without an entry in the library;
    `titles` are the library's titles of the codes it has.
    """

    evaluation: EvaluationSet
    split: str
    by: str
    queries: tuple[EvaluationQuery, ...]
    run: Mapping[str, RunLine]
    library: Mapping[str, Any]
    made: datetime.datetime
    checked: int = 0
    broken: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    threshold: float | None = None
    certificate: Mapping[str, Any] | None = None
    comparison: Comparison | None = None


def report_body(measured: Measured) -> dict[str, Any]:
    """The report. A single search has no gate: then `gate`, `citations` and `misses` are empty."""
    evaluation, queries, run = measured.evaluation, measured.queries, measured.run
    whole = measured.by == "assistant"
    decisions = decide(queries, evaluation.qrels, run, evaluation.marks)
    body: dict[str, Any] = {
        "set": evaluation.name,
        "split": measured.split,
        "splits": len({query.split for query in evaluation.queries}),
        "by": measured.by,
        "queries": len(queries),
        "library": dict(measured.library),
        "made": measured.made.isoformat(timespec="seconds"),
        "slices": _slices(measured),
        "gate": _gate(score_gate(decisions), measured.threshold) if whole else None,
        "latency": latency([line.milliseconds for line in run.values()]),
        "citations": {
            "checked": measured.checked,
            "valid": measured.checked - len(measured.broken),
            "broken": list(measured.broken[:_FAULTS]),
        }
        if whole
        else None,
        "missed": count_misses(queries, evaluation.qrels, run, evaluation.marks) if whole else {},
        "misses": worst_misses(queries, evaluation.qrels, run, evaluation.marks) if whole else [],
        "titles": {},
        "absent": list(measured.absent[:_FAULTS]),
        "unplaced": list(evaluation.unplaced[:_FAULTS]),
        "faults": list(evaluation.faults[:_FAULTS]),
        "faulty_rows": len(evaluation.faults),
        "certificate": dict(measured.certificate) if measured.certificate else None,
    }
    told = {code for one in body["misses"] for code in (*one["said"], *one["right"])}
    body["titles"] = {code: measured.titles[code] for code in sorted(told) if code in measured.titles}
    if measured.comparison:
        body["comparison"] = _comparison(measured.comparison)
    return {**body, "sentences": sentences(body)}


def decide(
    queries: Sequence[EvaluationQuery],
    qrels: Mapping[str, frozenset[str]],
    run: Mapping[str, RunLine],
    marks: Marks = NO_MARKS,
) -> list[Decision]:
    """What the gate did with each query."""
    found = []
    for query in queries:
        line = run[query.id]
        found.append(
            Decision(
                confidence=line.confidence,
                answered=line.answered,
                answerable=query.answerable,
                wrong=is_wrong(line, qrels.get(query.id), marks.get(query.id, ())),
                sure=line.answered or bool(line.candidates) or line.confidence > 0,
            )
        )
    return found


def latency(milliseconds: Sequence[float]) -> dict[str, Any]:
    """The median, the 95th percentile, and a histogram of times; its last bar has no upper end."""
    p50, p95 = (float(value) for value in np.percentile(milliseconds, [50, 95]))
    width = _round_up(max(1.5 * p95, 1e-3) / _BARS)
    bars = [0] * _BARS
    for value in milliseconds:
        bars[min(int(value / width), _BARS - 1)] += 1
    last = max(place for place, count in enumerate(bars) if count)
    return {
        "p50": round(p50, 2),
        "p95": round(p95, 2),
        "bars": [
            {"from": round(place * width, 4), "to": round((place + 1) * width, 4), "count": count}
            for place, count in enumerate(bars[: last + 1])
        ],
        "longest": round(max(milliseconds), 2),
    }


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9)))


def _slices(measured: Measured) -> list[dict[str, Any]]:
    scores = score(measured.queries, measured.evaluation.qrels, measured.run, marks=measured.evaluation.marks)
    if measured.by != "assistant":
        scores = tuple(replace(one, measures=_ranking(one.measures)) for one in scores)
    return [
        {
            "slice": one.slice,
            "queries": one.queries,
            "answered": one.answered,
            "wrong": one.wrong,
            **{key: round(value, 4) for key, value in one.measures.items()},
            "intervals": {
                key: _pair(value) for key, value in one.intervals.items() if key in one.measures or key == "answered"
            },
            "judged": dict(one.judged),
        }
        for one in scores
    ]


def _ranking(measures: Mapping[str, float]) -> dict[str, float]:
    return {key: value for key, value in measures.items() if key in MEASURES}


def _gate(gate: GateScore, threshold: float | None) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for key, value in asdict(gate).items():
        if key == "curve":
            body[key] = [_pair(point) for point in gate.curve]
        elif key == "reliability":
            body[key] = [
                {
                    "from": one.low,
                    "to": one.high,
                    "confidence": round(one.confidence, 4),
                    "observed": round(one.observed, 4),
                    "interval": _pair(one.interval),
                    "count": one.count,
                }
                for one in gate.reliability
            ]
        else:
            body[key] = _pair(value) if isinstance(value, tuple) else round(value, 4) if value is not None else None
    return {**body, "threshold": threshold}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "paired": comparison.paired,
        "unpaired": comparison.unpaired,
        "differences": [
            {
                "measure": one.measure,
                "before": round(one.before, 4),
                "after": round(one.after, 4),
                "interval": _pair(one.interval),
                "p": round(one.p, 4),
                "queries": one.queries,
                "better": one.better,
                "worse": one.worse,
            }
            for one in comparison.differences
        ],
        "flips": [
            {
                "id": flip.query.id,
                "slice": flip.query.slice,
                "query": flip.query.text if flip.query.kind == "query" else f"(the {flip.query.kind} {flip.query.id})",
                "before": flip.before,
                "after": flip.after,
                "better": flip.better,
                "worse": flip.worse,
            }
            for flip in comparison.flips
        ],
    }


def _pair(pair: tuple[float, float]) -> list[float]:
    return [round(pair[0], 4), round(pair[1], 4)]
