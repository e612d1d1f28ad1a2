"""Scores what was proposed for notes: the set of codes, its evidence, and proposals for what was not done."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import InputError
from assistant.evaluation.measures import measure
from assistant.evaluation.runs import RunLine
from assistant.evaluation.sets import EvaluationQuery

NOTE_MEASURES = (
    "notes", "recall@10", "hit@1", "precision", "recall", "extra", "exact", "evidence_slices", "evidence_f1",
    "stray", "stray_statements", "refused",
)  # fmt: skip
_TOKEN = re.compile(r"\w+")
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class NoteLine:
    """What was proposed for one note: each code with its places in the note.

    For each statement of something planned, denied or done before, `stray` holds the code nearest to its words.
    """

    id: str
    text: str
    proposed: Mapping[str, tuple[tuple[int, int], ...]]
    stray: tuple[str, ...] = ()


def load_evidence(folder: Path) -> dict[tuple[str, str], tuple[tuple[int, int], ...]]:
    """The marked characters of each note and code; empty if the set marks none."""
    path = folder / "evidence.jsonl"
    if not path.exists():
        return {}
    marked: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
            marked.setdefault((str(body["id"]), str(body["code"])), []).append((int(body["start"]), int(body["end"])))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} line {number}: not {{id, code, start, end}}") from error
    return {key: tuple(spans) for key, spans in marked.items()}


def token_f1(text: str, found: Spans, marked: Spans) -> float:
    """The F1 of two sets of spans over the tokens of a note."""
    ours, theirs = _tokens(text, found), _tokens(text, marked)
    both = len(ours & theirs)
    return 2 * both / (len(ours) + len(theirs)) if ours or theirs else 1.0


def _tokens(text: str, spans: Spans) -> set[int]:
    return {
        match.start()
        for match in _TOKEN.finditer(text)
        if any(start <= match.start() and match.end() <= end for start, end in spans)
    }


def score_notes(
    queries: Sequence[EvaluationQuery],
    qrels: Mapping[str, frozenset[str]],
    run: Mapping[str, RunLine],
    lines: Mapping[str, NoteLine],
    marked: Mapping[tuple[str, str], Spans],
) -> dict[str, dict[str, float]]:
    """The figures per slice, and over all notes ("notes").

    `precision` and `recall` compare the proposed set with all codes of the slice. `evidence_f1` is the mean over the
    right codes that were proposed. `stray` is the share of statements of something not done now whose nearest code was
    proposed wrongly. `refused` is the share of unanswerable notes for which nothing was proposed.
    """
    groups: dict[str, list[EvaluationQuery]] = {}
    for query in queries:
        groups.setdefault(query.slice, []).append(query)
    groups["notes"] = list(queries)
    return {name: _score(members, qrels, run, lines, marked) for name, members in groups.items()}


def notes_body(scores: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float | None]]:
    """The figures for JSON, with null where a slice has none."""
    return {
        name: {key: None if math.isnan(value) else round(value, 4) for key, value in row.items()}
        for name, row in scores.items()
    }


def _score(
    members: Sequence[EvaluationQuery],
    qrels: Mapping[str, frozenset[str]],
    run: Mapping[str, RunLine],
    lines: Mapping[str, NoteLine],
    marked: Mapping[tuple[str, str], Spans],
) -> dict[str, float]:
    judged = [query for query in members if query.id in qrels]
    foreign = [query for query in members if not query.answerable]
    ranked = [measure(run[query.id].ranking, qrels[query.id]) for query in judged]
    sets = [(frozenset(lines[query.id].proposed), qrels[query.id]) for query in judged]
    proposed, relevant = sum(len(ours) for ours, _ in sets), sum(len(right) for _, right in sets)
    right = sum(len(ours & theirs) for ours, theirs in sets)
    f1 = [
        token_f1(lines[query.id].text, spans, marked[query.id, code])
        for query in judged
        for code, spans in lines[query.id].proposed.items()
        if code in qrels[query.id] and (query.id, code) in marked
    ]
    spans_found = [
        (lines[query.id].text, span) for query in members for s in lines[query.id].proposed.values() for span in s
    ]
    stray = [
        code in lines[query.id].proposed and code not in qrels.get(query.id, frozenset())
        for query in members
        for code in lines[query.id].stray
    ]
    return {
        "notes": float(len(members)),
        "recall@10": _mean([one["recall@10"] for one in ranked]),
        "hit@1": _mean([one["hit@1"] for one in ranked]),
        "precision": right / proposed if proposed else math.nan,
        "recall": right / relevant if relevant else math.nan,
        "extra": _mean([float(len(ours - theirs)) for ours, theirs in sets]),
        "exact": _mean([float(ours == theirs) for ours, theirs in sets]),
        "evidence_slices": _mean([float(0 <= s < e <= len(text)) for text, (s, e) in spans_found]),
        "evidence_f1": _mean(f1),
        "stray": _mean([float(one) for one in stray]),
        "stray_statements": float(len(stray)),
        "refused": _mean([float(not lines[query.id].proposed) for query in foreign]),
    }


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan


def notes_table(scores: Mapping[str, Mapping[str, float]], *, write: Callable[[str], None]) -> None:
    """The figures as lines of a table, with a dash where a slice has none."""
    columns = [name for name in NOTE_MEASURES if name != "evidence_slices"]
    write(f"{'slice':<30} " + " ".join(f"{name[:11]:>11}" for name in columns))
    for name, row in scores.items():
        shown = [f"{'-':>11}" if math.isnan(row[column]) else f"{row[column]:11.3f}" for column in columns]
        write(f"{name:<30} " + " ".join(shown))
