"""Statements that people judged: of each question those that retrieval and reader put first, and the marked ones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.groups import Group
from training.questions import Question
from training.statements import ROOT, statements_of

FOLDER = ROOT / "training" / "judgements"
# How far a statement answers that was judged 0 (no), 1 (partly, or perhaps) or 2 (yes).
_WORTH = (0.0, 0.4, 1.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement (as in `training.statements`: title statements have start = end = -1) and its grade, 0 to 2."""

    document: str
    code: str
    start: int
    end: int
    grade: int


def read_judgements(folder: Path = FOLDER) -> dict[str, tuple[Judged, ...]]:
    """The judged statements of each question, by its id."""
    return {row["question"]: _judged(row) for path in sorted(folder.glob("*.jsonl")) for row in _rows(path)}


def agreement(folder: Path = FOLDER) -> tuple[int, float, float]:
    """How many statements two people judged apart, how many of their grades agree, and Cohen's kappa of yes or not."""
    first = read_judgements(folder)
    pairs = []
    for path in sorted((folder / "again").glob("*.jsonl")):
        for row in _rows(path):
            pairs += [(a.grade, b.grade) for a, b in zip(first[row["question"]], _judged(row), strict=True)]
    if not pairs:
        return 0, 1.0, 1.0
    same = sum(a == b for a, b in pairs) / len(pairs)
    agreed = sum((a == 2) == (b == 2) for a, b in pairs) / len(pairs)
    yes, also = (sum(pair[at] == 2 for pair in pairs) / len(pairs) for at in (0, 1))
    chance = yes * also + (1 - yes) * (1 - also)
    return len(pairs), same, (agreed - chance) / (1 - chance)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _judged(row: dict[str, Any]) -> tuple[Judged, ...]:
    return tuple(Judged(*one) for one in row["statements"])


def judged_groups(questions: Sequence[Question], judgements: dict[str, tuple[Judged, ...]]) -> list[Group]:
    """A group for each question whose statements were judged.

    Raises KeyError for a judged statement that is none of its document.
    """
    groups = []
    for question in questions:
        judged = judgements.get(question.id, ())
        if judged:
            texts = tuple(_text(one) for one in judged)
            groups.append(Group(question.text, texts, tuple(_WORTH[one.grade] for one in judged)))
    return groups


def _text(judged: Judged) -> str:
    held = {(one.code if one.titles else "", one.start, one.end): one.text for one in statements_of(judged.document)}
    return held[judged.code if judged.start < 0 else "", judged.start, judged.end]
