"""Finds the headed parts of a note: with headings of many kinds, run-in headings, numbered lists, or none at all."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_LONGEST_HEADING = 60
_PROSE = 220
# A heading before a colon at the start of a line, a line of capitals by itself, or a run-in heading after a full stop.
_LABEL = re.compile(r"(?m)^[ \t]*(?:\d{1,2}[.)][ \t]*)?(?P<label>[A-Za-z][^:\n.!?]{0,58}?)[ \t]*:(?=\s|$)")
_CAPITALS = re.compile(r"(?m)^[ \t]*(?P<label>[A-Z][A-Z /&()#,'\-]{1,57}[A-Z)])[ \t]*\.?[ \t\r]*$")
_RUN_IN = re.compile(r"(?<=[.;!?\]])[ \t]+(?P<label>[A-Z][A-Za-z][A-Za-z /()\-]{0,40}?)[ \t]*:(?=\s)")
_ITEM = re.compile(r"[ \t]*(?:\(?\d{1,2}[.)]|[-*•]|[a-zA-Z][.)])[ \t]+\S")
_PAST = re.compile(r"\b(?:was|were|had been|is|are)\b", re.IGNORECASE)


class Kind(StrEnum):
    """What a headed part of a note is for."""

    TITLE = "title"
    DESCRIPTION = "description"
    FINDINGS = "findings"
    DIAGNOSIS = "diagnosis"
    HISTORY = "history"
    INDICATION = "indication"
    PLAN = "plan"
    OTHER = "other"


# One paragraph, line or list follows these headings as a rule; the text below it belongs to no heading.
_SHORT = frozenset({Kind.TITLE, Kind.DIAGNOSIS, Kind.OTHER, Kind.PLAN, Kind.HISTORY, Kind.INDICATION})
# These headings hold only one sentence if the line runs on or if they stand inside a line.
_ONE_SENTENCE = frozenset({Kind.TITLE, Kind.DIAGNOSIS, Kind.OTHER, Kind.PLAN})
# The parts that tell the acts of an operation.
_TELLING = frozenset({Kind.TITLE, Kind.DESCRIPTION, Kind.FINDINGS})


@dataclass(frozen=True, slots=True)
class HeadedPart:
    """[start, end) of the text below one heading, without the heading; `heading` is "" if there is none."""

    heading: str
    kind: Kind
    start: int
    end: int


@cache
def _headings() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    rules = json.loads(files("assistant.notes").joinpath("headings.json").read_text(encoding="utf-8"))
    return tuple((Kind(rule["kind"]), re.compile(rule["heading"], re.IGNORECASE)) for rule in rules)


def kind_of(heading: str) -> Kind | None:
    """The kind of part that a heading opens; None for an unknown heading."""
    bare = " ".join(heading.strip(" \t:.-*#").split())
    return next((kind for kind, pattern in _headings() if pattern.fullmatch(bare)), None)


def split_sections(note: str) -> tuple[HeadedPart, ...]:
    """The headed parts of a note in order; text without a heading is a part of its own, read as description.

    A heading over everything, such as "Indication:" before a note of one paragraph, holds its first sentence only.
    """
    parts = _split(note, run_in=False)
    return parts if any(part.kind in _TELLING for part in parts) else _split(note, run_in=True)


def _split(note: str, *, run_in: bool) -> tuple[HeadedPart, ...]:
    marks = _marks(note)
    parts: list[HeadedPart] = []
    previous: Kind | None = None
    begin = 0
    if not marks or note[: marks[0][0]].strip():
        parts.append(HeadedPart("", Kind.DESCRIPTION, 0, marks[0][0] if marks else len(note)))
    ends = [*(at for at, *_ in marks[1:]), len(note)]
    for (at, begin, heading, found), end in zip(marks, ends, strict=False):
        kind = found or (Kind.DESCRIPTION if previous is None or previous in _SHORT else previous)
        previous = kind
        if kind is Kind.TITLE and _is_prose(note[begin:end]) and not _leads_line(note, begin, end):
            kind = previous = Kind.DESCRIPTION
        inside = run_in or bool(note[note.rfind("\n", 0, at) + 1 : at].strip())
        parts += _part(note, HeadedPart(heading, kind, begin, end), run_in=inside)
    return tuple(part for part in parts if note[part.start : part.end].strip())


def _marks(note: str) -> list[tuple[int, int, str, Kind | None]]:
    """(start of the heading, start of what follows it, heading, kind) in order."""
    found: dict[int, tuple[int, int, str, Kind | None]] = {}
    for pattern in (_LABEL, _CAPITALS, _RUN_IN):
        for match in pattern.finditer(note):
            label = match["label"]
            kind = kind_of(label)
            if kind is None and (pattern is not _LABEL or not label.isupper() or len(label) > _LONGEST_HEADING):
                continue
            at = match.start("label")
            begin = match.end()
            found.setdefault(at, (at, begin, " ".join(label.split()), kind))
    return [found[at] for at in sorted(found)]


def _part(note: str, part: HeadedPart, *, run_in: bool) -> list[HeadedPart]:
    """A part, cut after its line or list if its kind holds no more; the rest stands under no heading."""
    if part.kind not in _SHORT:
        return [part]
    if run_in:
        line = note[part.start : part.end].split("\n", 1)[0]
        cut = part.start + _first_sentence(line)
    else:
        cut = _end_of_list(note, part.start, part.end, whole_line=part.kind not in _ONE_SENTENCE)
    if not note[cut : part.end].strip():
        return [part]
    rest = HeadedPart("", Kind.DESCRIPTION, cut, part.end)
    return [HeadedPart(part.heading, part.kind, part.start, cut), rest]


def _end_of_list(note: str, start: int, end: int, *, whole_line: bool) -> int:
    """The end of the line, or of the list of lines, that a heading introduces."""
    at = start
    lines = 0
    item = False
    while at < end:
        line_end = note.find("\n", at, end)
        line_end = end if line_end < 0 else line_end + 1
        line = note[at:line_end]
        if not line.strip():
            if lines and not _ITEM.match(note, line_end, end):
                return at
            at = line_end
            continue
        listed = _ITEM.match(line) is not None
        if lines and not listed and not _goes_on(note, start, at, line):
            return at
        if not lines and not listed and at == start and not whole_line and len(line) > _PROSE:
            sentence = _first_sentence(line)
            if sentence < len(line.rstrip()):
                return at + sentence
        lines += 1
        item = item or listed
        at = line_end
    return end


def _first_sentence(line: str) -> int:
    match = re.search(r"[.;](?=\s)", line)
    return match.end() if match else len(line)


def _goes_on(note: str, start: int, at: int, line: str) -> bool:
    """Whether a line continues the line before, which has no full stop: it begins with a small letter or indented."""
    before = note[start:at].rstrip()
    if not before:
        return True
    return before[-1] not in ".:;!?" and (line[:1].isspace() or line.lstrip()[:1].islower())


def _is_prose(text: str) -> bool:
    first = text.strip().split("\n\n", 1)[0]
    return len(first) > _PROSE and len(_PAST.findall(first)) >= 2


def _leads_line(note: str, start: int, end: int) -> bool:
    """Whether a heading's own line is short, and the prose comes below it."""
    line = note[start:end].split("\n", 1)[0].strip()
    listed = _ITEM.match(note[start:end].lstrip("\n")) is not None
    return (0 < len(line) <= _PROSE) or listed
