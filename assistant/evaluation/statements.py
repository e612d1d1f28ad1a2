"""Scores what was quoted against the sentences that were marked as answering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

# Shares of the queries with marks (a refusal quotes nothing); then, of those answered; then of what only some queries
# have: two parts, and a verdict.
STATEMENT_MEASURES = (
    "statement@1", "statement@3", "statement@any", "answered-statement@1", "answered-statement@3",
    "answered-statement@any", "beside", "both-parts", "verdict-right", "verdict-wrong", "verdict-none",
)  # fmt: skip
_PARTS = frozenset({1, 2})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands: [start, end) of the stored text of a document."""

    document: str
    start: int
    end: int

    def covers(self, other: "Place") -> bool:
        """Whether the two share more than half of the shorter: a quote may be cut a little otherwise than a mark."""
        shared = min(self.end, other.end) - max(self.start, other.start)
        shorter = min(self.end - self.start, other.end - other.start)
        return self.document == other.document and 2 * shared > shorter


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that answers. Marks of different `part` answer the halves of a question; those of one are alternatives.

    `quote` holds the words that the author marked, "" where the set does not tell them.
    """

    place: Place
    part: int = 1
    quote: str = ""


# The marks of each query that has some.
Marks = Mapping[str, tuple[Mark, ...]]
NO_MARKS: Marks = MappingProxyType({})


def states_right(statements: Sequence[Place], marks: Sequence[Mark]) -> bool:
    """Whether the statement that a person sees first is one that answers."""
    return any(_answers(statement, marks) for statement in statements[:1])


def measure_statements(statements: Sequence[Place], marks: Sequence[Mark], *, answered: bool) -> dict[str, float]:
    """The measures of one query by what was quoted for it; a refusal quotes nothing, whatever it withheld."""
    answers = [_answers(statement, marks) for statement in statements] if answered else []
    found = {"1": float(any(answers[:1])), "3": float(any(answers[:3])), "any": float(any(answers))}
    measured = {f"statement@{depth}": value for depth, value in found.items()}
    if answered:
        measured |= {f"answered-statement@{depth}": value for depth, value in found.items()}
    if answers:
        measured["beside"] = answers.count(False) / len(answers)
    if {mark.part for mark in marks} == _PARTS:
        quoted = statements if answered else ()
        halves = [tuple(mark for mark in marks if mark.part == part) for part in sorted(_PARTS)]
        measured["both-parts"] = float(all(any(_answers(each, half) for each in quoted) for half in halves))
    return measured


def measure_verdict(verdict: str | None, wanted: str) -> dict[str, float]:
    """Whether a yes or no was the right one; a refusal says neither."""
    return {
        "verdict-right": float(verdict == wanted),
        "verdict-wrong": float(verdict is not None and verdict != wanted),
        "verdict-none": float(verdict is None),
    }


def _answers(statement: Place, marks: Sequence[Mark]) -> bool:
    return any(statement.covers(mark.place) for mark in marks)
