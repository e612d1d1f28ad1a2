"""The questions written for training, and the parts of the material that are held back to choose by."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.statements import ROOT, Statement, statements_of

FOLDER = ROOT / "training" / "questions"
# One document in so many is held back: what is chosen (steps, mixtures, thresholds) is chosen on its questions.
_HELD_BACK = 10


@dataclass(frozen=True, slots=True)
class Question:
    """A question that somebody wrote over a document, with the [start, end) of the sentences that answer it.

    `codes` are right together, or (`choice`) one of them is, by a fact that the question leaves open.
    """

    id: str
    voice: str
    document: str
    text: str
    wants: str
    answers: tuple[tuple[int, int], ...]
    codes: tuple[str, ...]
    choice: bool
    verdict: str | None

    @property
    def held_back(self) -> bool:
        """Whether it is one to choose by, never one to learn from."""
        return is_held_back(self.document)


def is_held_back(document: str) -> bool:
    """Whether a document is one to choose by; all pages of a family go together."""
    return int(hashlib.sha256(_family(document).encode()).hexdigest(), 16) % _HELD_BACK == 0


def _family(document: str) -> str:
    for line in (ROOT / document).read_text(encoding="utf-8", errors="replace").splitlines()[:12]:
        if line.startswith("family:"):
            return line
    return document


def read_questions(folder: Path = FOLDER) -> list[Question]:
    """All questions, in the order of their files."""
    return [question for path in sorted(folder.glob("*.jsonl")) for question in _read(path)]


def _read(path: Path) -> Iterator[Question]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Question(
            row["id"],
            row["voice"],
            row["document"],
            row["text"],
            row["wants"],
            tuple((span["start"], span["end"]) for span in row["answers"]),
            tuple(row["codes"]),
            row["choice"],
            row["verdict"],
        )


def answering(question: Question) -> list[Statement]:
    """The statements of a question's document that its marked sentences are, in the order in which they were marked.

    Raises ValueError for a mark that is no statement.
    """
    at = {(statement.start, statement.end): statement for statement in statements_of(question.document)}
    found = []
    for span in question.answers:
        near = at.get(span) or next((s for (a, b), s in at.items() if a <= span[0] and span[1] <= b and a >= 0), None)
        if near is None:
            raise ValueError(f"{question.id}: [{span[0]}, {span[1]}) is no statement of {question.document}")
        found.append(near)
    return found


ENCODER_DATA = ("questions", "documents", "charges")
READER_DATA = (*ENCODER_DATA, "judgements")


def data_digest(folders: Sequence[str]) -> str:
    """A digest of what a model learns from."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / "training" / folder).rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:32]
