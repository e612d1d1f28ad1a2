"""Scores a run against qrels."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import InputError

MEASURES = ("hit@1", "hit@5", "hit@10", "recall@10", "mrr", "ndcg@10")


class EvaluationQuery(BaseModel):
    """One line of `queries.jsonl`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    text: str
    kind: str = "query"
    split: str = "test"
    slice: str = "all"
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Queries and what humans judged relevant to each: `CPT:20972`, or `PASSAGE:guide-modifiers-2025#modifier-78`."""

    name: str
    queries: tuple[EvaluationQuery, ...]
    qrels: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class RunLine:
    """What the system gave for one query: codes best first (also those withheld), and the passages it quoted."""

    id: str
    kind: str
    reason: str | None
    confidence: float
    milliseconds: float
    candidates: tuple[Mapping[str, Any], ...]
    passages: tuple[str, ...] = ()

    @property
    def ranking(self) -> tuple[str, ...]:
        """What is scored: codes, and passages behind `PASSAGE:`."""
        codes = tuple(str(candidate["code"]) for candidate in self.candidates)
        return codes + tuple(f"PASSAGE:{passage}" for passage in self.passages)

    def body(self) -> dict[str, Any]:
        """The line of a run file."""
        return {
            "id": self.id,
            "kind": self.kind,
            "reason": self.reason,
            "confidence": round(self.confidence, 4),
            "milliseconds": round(self.milliseconds, 2),
            "candidates": list(self.candidates),
            "passages": list(self.passages),
        }


@dataclass(frozen=True, slots=True)
class SliceScore:
    """The figures of one slice: ranking measures over its judged queries, and how many of all were answered."""

    slice: str
    queries: int
    answered: int
    measures: Mapping[str, float]


def load_set(folder: Path) -> EvaluationSet:
    """An evaluation set. Raises InputError naming the file and line that cannot be used."""
    queries: list[EvaluationQuery] = []
    for number, line in _lines(folder / "queries.jsonl"):
        try:
            queries.append(EvaluationQuery.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            raise InputError(f"{folder / 'queries.jsonl'} line {number}: {where}: {first['msg']}") from error
    qrels: dict[str, set[str]] = {}
    known = {query.id for query in queries}
    for number, line in _lines(folder / "qrels.tsv"):
        cells = line.rstrip("\n").split("\t")
        if len(cells) != 4 or cells[0] not in known:
            raise InputError(f"{folder / 'qrels.tsv'} line {number}: not 'query<TAB>0<TAB>code<TAB>relevance'")
        if cells[3].strip() != "0":
            qrels.setdefault(cells[0], set()).add(cells[2])
    return EvaluationSet(folder.name, tuple(queries), {key: frozenset(value) for key, value in qrels.items()})


def _lines(path: Path) -> Iterable[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; an evaluation set is a folder with it") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not written in UTF-8; save it so") from error
    # Not splitlines(): JSON may hold the other line ends, such as U+2028, as they are.
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


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


def write_run(path: Path, run: Iterable[RunLine]) -> None:
    """Writes a run, one line a query."""
    try:
        with path.open("w", encoding="utf-8") as file:
            for line in run:
                file.write(json.dumps(line.body(), ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
