"""Scores a run against qrels, slice by slice."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.evaluation.runs import RunLine
from assistant.evaluation.sets import EvaluationQuery

MEASURES = ("hit@1", "hit@5", "hit@10", "recall@10", "mrr", "ndcg@10")


@dataclass(frozen=True, slots=True)
class SliceScore:
    """The figures of one slice: ranking measures over its judged queries, and how many of all were answered."""

    slice: str
    queries: int
    answered: int
    measures: Mapping[str, float]


def measure(ranking: Sequence[str], relevant: frozenset[str]) -> dict[str, float]:
    """The ranking measures of one query; nDCG with binary gains (Järvelin and Kekäläinen 2002).

    What is ranked twice, such as a code in two editions, counts where it stands first.
    """
    ranks = [rank for rank, item in enumerate(dict.fromkeys(ranking), start=1) if item in relevant]
    first = ranks[0] if ranks else math.inf
    gained = math.fsum(1 / math.log2(rank + 1) for rank in ranks if rank <= 10)
    ideal = math.fsum(1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), 10) + 1))
    return {
        "hit@1": float(first <= 1),
        "hit@5": float(first <= 5),
        "hit@10": float(first <= 10),
        "recall@10": sum(rank <= 10 for rank in ranks) / len(relevant),
        "mrr": 0.0 if math.isinf(first) else 1 / first,
        "ndcg@10": gained / ideal,
    }


def score(
    queries: Sequence[EvaluationQuery], qrels: Mapping[str, frozenset[str]], run: Mapping[str, RunLine]
) -> tuple[SliceScore, ...]:
    """The figures per slice, then over all answerable ("answerable") and all unanswerable queries ("unanswerable").

    Passages are scored where passages were judged, codes where codes were.
    """
    groups: dict[str, list[EvaluationQuery]] = {}
    for query in queries:
        groups.setdefault(query.slice, []).append(query)
    for answerable, name in ((True, "answerable"), (False, "unanswerable")):
        chosen = [query for query in queries if query.answerable is answerable]
        if chosen:
            groups[name] = chosen
    scores = []
    for name, members in groups.items():
        judged = [query for query in members if query.id in qrels]
        found = [measure(_of_kind(run[query.id], qrels[query.id]), qrels[query.id]) for query in judged]
        means = {key: math.fsum(one[key] for one in found) / len(found) for key in MEASURES} if found else {}
        answered = sum(run[query.id].kind != "refusal" for query in members)
        scores.append(SliceScore(name, len(members), answered, means))
    return tuple(scores)


def _of_kind(line: RunLine, relevant: frozenset[str]) -> list[str]:
    passages = any(item.startswith("PASSAGE:") for item in relevant)
    return [item for item in line.ranking if item.startswith("PASSAGE:") is passages]


def report_body(name: str, split: str, scores: Sequence[SliceScore], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The report as JSON: what was measured, on which library, and the figures per slice."""
    return {
        "set": name,
        "split": split,
        **facts,
        "slices": [
            {
                "slice": item.slice,
                "queries": item.queries,
                "answered": item.answered,
                **{key: round(value, 4) for key, value in item.measures.items()},
            }
            for item in scores
        ],
    }
