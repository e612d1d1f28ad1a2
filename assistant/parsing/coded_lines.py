"""Tells a line that names a code and then says what it stands for: "CPT 27447: Total knee replacement."."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.types.codes import Code, CodeSystem, find_codes

_LONGEST = 300
_LEAD = re.compile(r"(?:[-•*·]\s*)?(?:codes?\s+)?", re.IGNORECASE)
_JOINT = re.compile(r"\s*[:–—-]\s+(?=[A-Z0-9])")

# What each such line matches, so that other lines cost next to nothing.
_QUICK = re.compile(r".{0,40}?[0-9A-Za-z]\s*[:–—-]\s+[A-Z0-9]")


@dataclass(frozen=True, slots=True)
class CodedLine:
    """A code, [start, end) of its literal in the line, and [opens, closes) of what it stands for."""

    code: Code
    start: int
    end: int
    opens: int
    closes: int


def coded_line(text: str, systems: Sequence[CodeSystem]) -> CodedLine | None:
    """The code that opens a line, if a colon or a dash and its meaning follow, and no other code does."""
    if len(text) > _LONGEST or "\n" in text or not _QUICK.match(text):
        return None
    mentions = find_codes(text, systems)
    if len({mention.code for mention in mentions}) != 1:
        return None
    first = mentions[0]
    lead = text[: first.start]
    names = {name.upper() for system in systems if system.name == first.code.system for name in system.names}
    said = _LEAD.sub("", lead, count=1).strip().upper().removesuffix("CODE").strip()
    joint = _JOINT.match(text, first.end)
    if joint is None or (said and said not in names):
        return None
    closes = len(text.rstrip(" .;"))
    return CodedLine(first.code, first.start, first.end, joint.end(), closes) if closes > joint.end() else None
