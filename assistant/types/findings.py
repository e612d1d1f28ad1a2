"""The nouns of claims: a claim's lines, and the findings on them from the user's own tables."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from assistant.types.answers import Citation, LibraryStamp
from assistant.types.codes import Code


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A code with its modifiers, and how often it was done."""

    code: Code
    modifiers: tuple[str, ...] = ()
    units: int = 1

    def __post_init__(self) -> None:
        if self.units < 1:
            raise ValueError(f"{self.units} units of {self.code}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What was done for one patient on one day; `as_of` is that day."""

    lines: tuple[ClaimLine, ...]
    diagnoses: tuple[Code, ...] = ()
    as_of: datetime.date | None = None


class Severity(StrEnum):
    """What a finding asks of a person: the claim fails so, something must be judged, or it is good to know."""

    STOP = "stop"
    ASK = "ask"
    NOTE = "note"


class Rule(StrEnum):
    """What a finding is about."""

    PAIR = "pair"
    UNITS = "units"
    ADD_ON = "add_on"
    MODIFIER = "modifier"
    DIAGNOSIS = "diagnosis"
    IN_FORCE = "in_force"
    NOT_HELD = "not_held"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the user's own documents say of a claim, in one sentence, and the row or sentence that it rests on.

    Only that a code is not held rests on nothing that could be quoted.
    """

    severity: Severity
    rule: Rule
    codes: tuple[Code, ...]
    message: str
    citation: Citation | None

    def __post_init__(self) -> None:
        if (self.citation is None) != (self.rule is Rule.NOT_HELD):
            raise ValueError("a finding rests on a row or sentence, unless it is that no document holds a code")
        if not self.codes:
            raise ValueError("a finding is about a code")


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings on a claim, the gravest first, and in words what no document speaks of."""

    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]
    library: LibraryStamp


@dataclass(frozen=True, slots=True)
class Edit:
    """A row of the user's own edit tables about a code, in words; `stands` says whether it holds on a day asked for."""

    rule: Rule
    codes: tuple[Code, ...]
    message: str
    citation: Citation
    starts: datetime.date | None = None
    ends: datetime.date | None = None
    stands: bool = True


@dataclass(frozen=True, slots=True)
class CodeEdits:
    """What the user's own edit tables say of a code; `more` pairs are not listed."""

    edits: tuple[Edit, ...]
    more: int = 0
