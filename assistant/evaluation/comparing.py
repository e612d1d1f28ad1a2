"""Compares two runs over the same queries: how far their means differ, whether by chance, and which queries flipped."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.evaluation.intervals import Interval, bootstrap, paired_test
from assistant.evaluation.measures import ALL_MEASURES, is_wrong, measure_line
from assistant.evaluation.runs import RunLine
from assistant.evaluation.sets import EvaluationQuery
from assistant.evaluation.statements import NO_MARKS, Mark, Marks


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure in both runs over the same `queries`; `p` is that of a paired randomisation test."""

    measure: str
    before: float
    after: float
    interval: Interval
    p: float
    queries: int
    better: int
    worse: int


@dataclass(frozen=True, slots=True)
class Flip:
    """A query whose outcome (right, wrong or refused) has changed."""

    query: EvaluationQuery
    before: str
    after: str

    @property
    def better(self) -> bool:
        """Whether the outcome is now what it should be."""
        return self.after == ("right" if self.query.answerable else "refused")

    @property
    def worse(self) -> bool:
        """Whether the outcome was what it should be."""
        return self.before == ("right" if self.query.answerable else "refused")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the queries that both hold; `unpaired` counts those that the other run lacks."""

    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]
    paired: int
    unpaired: int


def compare(
    queries: Sequence[EvaluationQuery],
    qrels: Mapping[str, frozenset[str]],
    before: Mapping[str, RunLine],
    after: Mapping[str, RunLine],
    seed: int = 0,
    marks: Marks = NO_MARKS,
) -> Comparison:
    """Compares `after` with `before`. The share of outcomes that are right is one more measure, `as it should be`."""
    paired = [query for query in queries if query.id in before]
    values: dict[str, list[tuple[float, float]]] = {}
    flips = []
    for query in paired:
        relevant, marked = qrels.get(query.id), marks.get(query.id, ())
        was, now = outcome(before[query.id], relevant, marked), outcome(after[query.id], relevant, marked)
        wanted = "right" if query.answerable else "refused"
        values.setdefault("as it should be", []).append((float(was == wanted), float(now == wanted)))
        old, new = (measure_line(run[query.id], relevant, marked, query.verdict) for run in (before, after))
        for name in old.keys() & new.keys():
            values.setdefault(name, []).append((old[name], new[name]))
        if was != now:
            flips.append(Flip(query, was, now))
    order = ("as it should be", *ALL_MEASURES)
    differences = tuple(_difference(name, values[name], seed) for name in order if name in values)
    flips.sort(key=lambda flip: (flip.better, not flip.worse, flip.query.slice, flip.query.id))
    return Comparison(differences, tuple(flips), len(paired), len(queries) - len(paired))


def outcome(line: RunLine, relevant: frozenset[str] | None, marks: Sequence[Mark] = ()) -> str:
    """right, wrong or refused."""
    if not line.answered:
        return "refused"
    return "wrong" if is_wrong(line, relevant, marks) else "right"


def _difference(name: str, pairs: Sequence[tuple[float, float]], seed: int) -> Difference:
    moved = [new - old for old, new in pairs]
    return Difference(
        measure=name,
        before=math.fsum(old for old, _ in pairs) / len(pairs),
        after=math.fsum(new for _, new in pairs) / len(pairs),
        interval=bootstrap(moved, seed) if any(moved) else (0.0, 0.0),
        p=paired_test(moved, seed),
        queries=len(pairs),
        better=sum(value > 0 for value in moved),
        worse=sum(value < 0 for value in moved),
    )
