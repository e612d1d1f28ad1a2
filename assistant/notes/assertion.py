"""Tells what a statement of a note asserts: performed, planned, negated, historical, conditional, or no procedure.

The cues are data (`assertion.json`), each with words that it must find and words that it must not. The idea is
ConText's (Chapman and others 2007): a cue affects the clause it stands in, not the whole note.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from assistant.notes.sections import Kind
from assistant.types import Assertion

# The end of a cue's clause: the next part of the sentence may be about something else.
_CLAUSE = re.compile(
    r"[,;:]\s+(?:and |but |so |then |yet )?|\s(?:but|so|then|yet|although|though|while|whereas|because|since|as|and)\s|"
    r"\.\s+|\s[-–—]\s",
    re.IGNORECASE,
)
_WORD = re.compile(r"\S+")
_REACH = 8
_TELLING = re.compile(r"[A-Za-z][\w-]{2,}")
_EMPTY = frozenset(
    "the and with for was were from that this then into onto has had been patient patients after".split()
)
_MUCH = 7
_ORDER = (Assertion.CONDITIONAL, Assertion.HISTORICAL, Assertion.PLANNED, Assertion.NEGATED)
_DEFAULT = {
    Kind.TITLE: Assertion.PERFORMED,
    Kind.DESCRIPTION: Assertion.PERFORMED,
    Kind.FINDINGS: Assertion.PERFORMED,
    Kind.OTHER: Assertion.PERFORMED,
    Kind.DIAGNOSIS: Assertion.PERFORMED,
    Kind.HISTORY: Assertion.HISTORICAL,
    Kind.INDICATION: Assertion.HISTORICAL,
    Kind.PLAN: Assertion.PLANNED,
}
# Parts of a note that describe no act, whatever they say.
_SILENT = frozenset({Kind.DIAGNOSIS, Kind.OTHER})
# A title says what was done; only these cues speak against it.
_TITLE_CUES = re.compile(
    r"\bnot (?:performed|done)\b|\b(?:aborted|abandoned|cancelled|canceled|deferred)\b|\bplanned\b|"
    r"\bstatus[- ]post\b|\bs/p\b|^\s*no\b|^\s*none\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a statement asserts. `act` tells whether it speaks of a procedure; `said` is the part that may do so.

    `said` is empty if everything is routine (positioning, anaesthesia, counts …) or was not done; `denied` is what the
    statement says was not done, or not now.
    """

    assertion: Assertion
    act: bool
    said: str
    denied: str


@dataclass(frozen=True, slots=True)
class _Cue:
    pattern: re.Pattern[str]
    after: bool


@cache
def _cues() -> dict[str, tuple[_Cue, ...]]:
    rules = json.loads(files("assistant.notes").joinpath("assertion.json").read_text(encoding="utf-8"))
    return {
        name: tuple(_Cue(re.compile(rule["cue"], re.IGNORECASE), rule.get("scope") == "after") for rule in listed)
        for name, listed in rules.items()
    }


def finds(name: str, text: str) -> bool:
    """Whether a cue of a group ("negated", "not_a_procedure", "act" …) stands in a text."""
    return any(cue.pattern.search(text) for cue in _cues()[name])


def read_statement(text: str, kind: Kind) -> Reading:
    """What a statement asserts, given the kind of heading above it."""
    if kind is Kind.TITLE and not _TITLE_CUES.search(text):
        return Reading(Assertion.PERFORMED, True, text, "")
    if kind in _SILENT:
        return Reading(_of_whole(text) or _DEFAULT[kind], False, "", "")
    said, denied, assertions = [], [], []
    for clause in _clauses(text):
        found, before, after = _read_clause(clause)
        assertions.append(found)
        if found is None:
            said.append(clause)
            continue
        said.append(before)
        denied.append(after)
    if assertions and assertions[0] in (Assertion.CONDITIONAL, Assertion.PLANNED):
        # "If margins are positive, we re-excise": the condition colours what follows it.
        return Reading(assertions[0], False, "", text)
    spoken = " ".join(part for part in said if part.strip())
    default = _DEFAULT[kind]
    if default is not Assertion.PERFORMED:
        return Reading(_first(assertions) or default, False, "", text)
    routine = _is_routine(spoken)
    act = finds("act", spoken) and not routine
    said_more = len(spoken.split()) >= len(" ".join(denied).split())
    if spoken.strip() and (act or said_more):
        return Reading(Assertion.PERFORMED, act, "" if routine else spoken, " ".join(denied))
    return Reading(_first(assertions) or Assertion.PERFORMED, False, "", text)


def _clauses(text: str) -> list[str]:
    clauses, begin = [], 0
    for match in _CLAUSE.finditer(text):
        clauses.append(text[begin : match.end()])
        begin = match.end()
    return [clause for clause in [*clauses, text[begin:]] if clause.strip()]


def _read_clause(clause: str) -> tuple[Assertion | None, str, str]:
    """The assertion that a clause's cues give it, the part before the cue that still holds, and the rest."""
    for assertion in _ORDER:
        for cue in _cues()[assertion.value]:
            match = cue.pattern.search(clause)
            if match:
                at = match.start() if cue.after else _subject(clause, match.start())
                return assertion, clause[:at], clause[at:]
    return None, clause, ""


def _subject(clause: str, at: int) -> int:
    """Where a cue's subject begins in a clause that runs on without punctuation: a few words before the cue."""
    words = [match.start() for match in _WORD.finditer(clause, 0, at)]
    return words[-_REACH] if len(words) > _REACH else 0


def _of_whole(text: str) -> Assertion | None:
    return _first([_read_clause(clause)[0] for clause in _clauses(text)])


def _first(found: list[Assertion | None]) -> Assertion | None:
    return next((assertion for assertion in _ORDER if assertion in found), None)


def _is_routine(text: str) -> bool:
    """Whether a statement is only routine: positioning, anaesthesia, closure, counts …"""
    rest = text
    for cue in _cues()["not_a_procedure"]:
        rest = cue.pattern.sub(" ", rest)
    telling = [word for word in _TELLING.findall(rest) if word.lower() not in _EMPTY]
    return rest != text and len(telling) < _MUCH and not finds("act", rest)
