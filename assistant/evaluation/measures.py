"""Scores rankings against what humans judged, query by query and slice by slice."""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from assistant.evaluation.intervals import Interval, bootstrap, share_interval
from assistant.evaluation.runs import RunLine
from assistant.evaluation.sets import EvaluationQuery
from assistant.evaluation.statements import (
    NO_MARKS,
    STATEMENT_MEASURES,
    Mark,
    Marks,
    measure_statements,
    measure_verdict,
    states_right,
)

MEASURES = ("hit@1", "hit@5", "hit@10", "recall@5", "recall@10", "mrr", "ndcg@10")
# Measures of the codes that an answer names as right; a query judged by passages has none, nor has a refusal.
SET_MEASURES = ("precision", "exact-set")
ALL_MEASURES = (*MEASURES, *SET_MEASURES, *STATEMENT_MEASURES)


@dataclass(frozen=True, slots=True)
class SliceScore:
    """The figures of one slice: ranking measures over its judged queries, and how many of all were answered.

    `judged` counts the queries behind each mean; `wrong` the answers that are wrong (`is_wrong`).
    """

    slice: str
    queries: int
    answered: int
    wrong: int
    measures: Mapping[str, float]
    intervals: Mapping[str, Interval]
    judged: Mapping[str, int]


def measure(ranking: Sequence[str], relevant: frozenset[str]) -> dict[str, float]:
    """The ranking measures of one query; nDCG with binary gains (Järvelin and Kekäläinen 2002).

    An item that is ranked twice, such as a code in two editions, counts at its first place.
    """
    ranks = [rank for rank, item in enumerate(dict.fromkeys(ranking), start=1) if item in relevant]
    first = ranks[0] if ranks else math.inf
    gained = math.fsum(1 / math.log2(rank + 1) for rank in ranks if rank <= 10)
    ideal = math.fsum(1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), 10) + 1))
    return {
        "hit@1": float(first <= 1),
        "hit@5": float(first <= 5),
        "hit@10": float(first <= 10),
        "recall@5": sum(rank <= 5 for rank in ranks) / len(relevant),
        "recall@10": sum(rank <= 10 for rank in ranks) / len(relevant),
        "mrr": 0.0 if math.isinf(first) else 1 / first,
        "ndcg@10": gained / ideal,
    }


def measure_set(named: Sequence[str], relevant: frozenset[str]) -> dict[str, float]:
    """The share of the named codes that are right, and whether they are exactly the right ones."""
    right = len(relevant.intersection(named))
    return {
        "precision": right / len(set(named)) if named else 0.0,
        "exact-set": float(set(named) == relevant),
    }


def measure_line(
    line: RunLine, relevant: frozenset[str] | None, marks: Sequence[Mark] = (), verdict: str | None = None
) -> dict[str, float]:
    """All measures of one query. Passages are scored where passages were judged, codes where codes were.

    Statements are scored where some are marked, and the verdict where one is right.
    """
    found: dict[str, float] = {}
    if relevant is not None:
        passages = by_passages(relevant)
        found |= measure(line.quoted if passages else line.codes, relevant)
        if line.answered and not passages:
            found |= measure_set(line.named, relevant)
    if marks:
        found |= measure_statements(line.statements, marks, answered=line.answered)
    if verdict:
        found |= measure_verdict(line.verdict if line.answered else None, verdict)
    return found


def by_passages(relevant: AbstractSet[str]) -> bool:
    """Whether a query is judged by passages, not by codes."""
    return any(item.startswith("PASSAGE:") for item in relevant)


def shows_right(
    codes: Sequence[str], quoted: Sequence[str], relevant: AbstractSet[str], choice: Sequence[str] = ()
) -> bool:
    """Whether what a person sees first is right: the headline code, or a code of the choice shown as one.

    For a query judged by passages it is the first section quoted (`PASSAGE:document#section`). That something right
    stands further down the list is not enough: who reads one line reads that.
    """
    first = (quoted if by_passages(relevant) else codes)[:1]
    return not relevant.isdisjoint((*first, *choice))


def is_wrong(line: RunLine, relevant: AbstractSet[str] | None, marks: Sequence[Mark] = ()) -> bool:
    """Whether an answer is wrong: what a person sees first is not right.

    Judged by codes or passages where such are judged (see `shows_right`), else by the first statement quoted. To a
    query that has no answer (neither `relevant` nor `marks`) every answer is wrong. Of a refusal it says what the
    answer would have been, had it been given.
    """
    if relevant:
        return not shows_right(line.said, line.quoted, relevant, line.choice)
    return not states_right(line.statements, marks)


def grouped(queries: Sequence[EvaluationQuery]) -> dict[str, list[EvaluationQuery]]:
    """The queries of each slice, then all answerable ("answerable") and all unanswerable ones ("unanswerable")."""
    groups: dict[str, list[EvaluationQuery]] = {}
    for query in queries:
        groups.setdefault(query.slice, []).append(query)
    for answerable, name in ((True, "answerable"), (False, "unanswerable")):
        chosen = [query for query in queries if query.answerable is answerable]
        if chosen:
            groups[name] = chosen
    return groups


def score(
    queries: Sequence[EvaluationQuery],
    qrels: Mapping[str, frozenset[str]],
    run: Mapping[str, RunLine],
    seed: int = 0,
    marks: Marks = NO_MARKS,
) -> tuple[SliceScore, ...]:
    """The figures of each group with their intervals; the share answered is one of the intervals."""
    found = {
        query.id: measure_line(run[query.id], qrels.get(query.id), marks.get(query.id, ()), query.verdict)
        for query in queries
    }
    scores = []
    for name, members in grouped(queries).items():
        values = {key: [found[query.id][key] for query in members if key in found[query.id]] for key in ALL_MEASURES}
        values = {key: held for key, held in values.items() if held}
        answered = [query for query in members if run[query.id].answered]
        scores.append(
            SliceScore(
                name,
                len(members),
                len(answered),
                sum(is_wrong(run[query.id], qrels.get(query.id), marks.get(query.id, ())) for query in answered),
                {key: math.fsum(held) / len(held) for key, held in values.items()},
                {key: bootstrap(held, seed) for key, held in values.items()}
                | {"answered": share_interval(len(answered), len(members))},
                {key: len(held) for key, held in values.items()},
            )
        )
    return tuple(scores)
