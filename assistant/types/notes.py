"""The nouns of operative notes: their statements, and the candidates that are tied to words of a note."""

from dataclasses import dataclass
from enum import StrEnum

from assistant.types.answers import Candidate, LibraryStamp, NearestCode, Refusal, Statement
from assistant.types.codes import Code


class Assertion(StrEnum):
    """What a note says of a procedure: only what was performed may be proposed."""

    PERFORMED = "performed"
    PLANNED = "planned"
    NEGATED = "negated"
    HISTORICAL = "historical"
    CONDITIONAL = "conditional"


class StatementOutcome(StrEnum):
    """What became of a statement of a note: it speaks for a candidate, nothing supports it, or it is no procedure."""

    CANDIDATES = "candidates"
    REFUSED = "refused"
    NOT_A_PROCEDURE = "not_a_procedure"


@dataclass(frozen=True, slots=True)
class NoteStatement:
    """A statement of a note: [start, end) of the note is `text`."""

    text: str
    start: int
    end: int
    section: str
    assertion: Assertion
    outcome: StatementOutcome

    def __post_init__(self) -> None:
        if not self.text or len(self.text) != self.end - self.start:
            raise ValueError("a statement is exactly the characters of the note that it points at")


@dataclass(frozen=True, slots=True)
class NoteEvidence:
    """The characters of a note that speak for a code, and the statement they stand in."""

    statement: int
    start: int
    end: int
    quote: str

    def __post_init__(self) -> None:
        if not self.quote or len(self.quote) != self.end - self.start:
            raise ValueError("evidence quotes exactly the characters of the note that it points at")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a code's page asks a note to say, verbatim, and where the note says it; empty where it does not."""

    statement: Statement
    met_by: tuple[NoteEvidence, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteCandidate:
    """A candidate with the words of the note that speak for it, what the note fails to say, and what to watch for."""

    candidate: Candidate
    evidence: tuple[NoteEvidence, ...]
    requirements: tuple[Requirement, ...] = ()
    cautions: tuple[Statement, ...] = ()

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"{self.candidate.code} has no evidence in the note")


@dataclass(frozen=True, slots=True)
class RankedCode:
    """A code in the ranking of a note, proposed or not; for evaluation only."""

    code: Code
    confidence: float
    score: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the documents support for a note: each candidate tied to words of both.

    `nearest` are the codes that come next: shown, not proposed. `ranking` is for evaluation only.
    """

    statements: tuple[NoteStatement, ...]
    candidates: tuple[NoteCandidate, ...]
    nearest: tuple[NearestCode, ...]
    library: LibraryStamp
    ranking: tuple[RankedCode, ...] = ()

    def __post_init__(self) -> None:
        if not self.candidates:
            raise ValueError("a suggestion holds a candidate; anything less is a refusal")


def proposed_codes(response: "Suggestion | NoteRefusal") -> tuple[Code, ...]:
    """The codes that a response to a note proposes."""
    return tuple(found.candidate.code for found in response.candidates) if isinstance(response, Suggestion) else ()


@dataclass(frozen=True, slots=True)
class NoteRefusal:
    """Nothing is proposed for a note, and why; it still carries the note's statements."""

    refusal: Refusal
    statements: tuple[NoteStatement, ...]
    ranking: tuple[RankedCode, ...] = ()
