"""Scores the gate: how many of its answers are wrong, what refusing costs, and whether its confidence is true."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evaluation.intervals import Interval, share_interval

_BINS = 10
# The number of points kept of a curve: more than a plot can show.
_POINTS = 200


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate did with one query. `wrong` says what the answer was, or would have been.

    `sure` is false if there was no probability: a query for a code that the library lacks is refused without one.
    """

    confidence: float
    answered: bool
    answerable: bool
    wrong: bool
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Bin:
    """Queries of similar confidence: the mean confidence, and how often the answer was or would have been right."""

    low: float
    high: float
    confidence: float
    observed: float
    interval: Interval
    count: int


@dataclass(frozen=True, slots=True)
class GateScore:
    """The gate's figures. A share of nothing is None.

    `coverage` is the share of the answerable queries that were answered; the curve's points are (coverage, risk) at
    every threshold, strictest first. `aurc` is the mean risk over all thresholds, each query one (Geifman et al. 2019),
    `ece` the expected calibration error over ten bins of equal width (Naeini et al. 2015).
    """

    answered: int
    wrong: int
    coverage: float | None
    coverage_interval: Interval | None
    risk: float | None
    risk_interval: Interval | None
    refused_unanswerable: float | None
    refused_unanswerable_interval: Interval | None
    refused_answerable: float | None
    refused_answerable_interval: Interval | None
    aurc: float
    ece: float | None
    curve: tuple[tuple[float, float], ...]
    reliability: tuple[Bin, ...]


def score_gate(decisions: Sequence[Decision]) -> GateScore:
    """The gate's figures over the decisions of one run."""
    given = [one for one in decisions if one.answered]
    wrong = sum(one.wrong for one in given)
    answerable = [one for one in decisions if one.answerable]
    unanswerable = [one for one in decisions if not one.answerable]
    covered = sum(one.answered for one in answerable)
    refused = sum(not one.answered for one in unanswerable)
    bins = reliability(decisions)
    return GateScore(
        answered=len(given),
        wrong=wrong,
        coverage=_share(covered, len(answerable)),
        coverage_interval=_interval(covered, len(answerable)),
        risk=_share(wrong, len(given)),
        risk_interval=_interval(wrong, len(given)),
        refused_unanswerable=_share(refused, len(unanswerable)),
        refused_unanswerable_interval=_interval(refused, len(unanswerable)),
        refused_answerable=_share(len(answerable) - covered, len(answerable)),
        refused_answerable_interval=_interval(len(answerable) - covered, len(answerable)),
        aurc=area(decisions),
        ece=calibration_error(bins),
        curve=risk_curve(decisions),
        reliability=bins,
    )


def area(decisions: Sequence[Decision]) -> float:
    """The mean, over all queries, of the risk when that query and all more confident ones are answered.

    Queries of equal confidence have no order: the mean over all their orders is taken.
    """
    risks: list[float] = []
    before = wrong = 0
    for group in _by_confidence(decisions):
        share = sum(one.wrong for one in group) / len(group)
        risks += [(wrong + share * place) / (before + place) for place in range(1, len(group) + 1)]
        before, wrong = before + len(group), wrong + sum(one.wrong for one in group)
    return math.fsum(risks) / len(risks) if risks else 0.0


def risk_curve(decisions: Sequence[Decision]) -> tuple[tuple[float, float], ...]:
    """(coverage of the answerable queries, risk) at each threshold that matters; empty without answerable queries."""
    total = sum(one.answerable for one in decisions)
    points: list[tuple[float, float]] = []
    answered = wrong = covered = 0
    for group in _by_confidence(decisions):
        answered += len(group)
        wrong += sum(one.wrong for one in group)
        covered += sum(one.answerable for one in group)
        if total:
            points.append((covered / total, wrong / answered))
    step = max(1, math.ceil(len(points) / _POINTS))
    return (*points[:-1:step], points[-1]) if points else ()


def reliability(decisions: Sequence[Decision]) -> tuple[Bin, ...]:
    """The queries that have a probability, in ten bins of equal width; empty bins are left out."""
    bins: list[list[Decision]] = [[] for _ in range(_BINS)]
    for one in decisions:
        if one.sure:
            bins[min(int(one.confidence * _BINS), _BINS - 1)].append(one)
    found = []
    for place, members in enumerate(bins):
        if members:
            right = sum(not one.wrong for one in members)
            found.append(
                Bin(
                    place / _BINS,
                    (place + 1) / _BINS,
                    math.fsum(one.confidence for one in members) / len(members),
                    right / len(members),
                    share_interval(right, len(members)),
                    len(members),
                )
            )
    return tuple(found)


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """The mean distance between confidence and observed share, each bin weighted by its queries."""
    total = sum(one.count for one in bins)
    return math.fsum(one.count * abs(one.confidence - one.observed) for one in bins) / total if total else None


def _by_confidence(decisions: Sequence[Decision]) -> list[list[Decision]]:
    groups: dict[float, list[Decision]] = {}
    for one in sorted(decisions, key=lambda one: -one.confidence):
        groups.setdefault(one.confidence, []).append(one)
    return list(groups.values())


def _share(count: int, total: int) -> float | None:
    return count / total if total else None


def _interval(count: int, total: int) -> Interval | None:
    return share_interval(count, total) if total else None
