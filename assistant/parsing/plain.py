"""Reads plain text: headings by their look, or labelled sentences. The stored text is the file's own."""

import itertools
import re
from collections.abc import Sequence

from assistant.parsing.prose import prose_document
from assistant.parsing.sections import Heading, is_known, labels
from assistant.parsing.subject import find_subject
from assistant.types import Document
from assistant.types.codes import CodeSystem

_LINE = re.compile(r"[^\r\n]+")
_UNDERLINE = re.compile(r"[ \t]*(?:={3,}|-{3,}|~{3,})[ \t]*$")
_UNDERLINED_LEVEL = {"=": 1, "-": 2, "~": 3}
_NUMBER = re.compile(r"(?:(\d+(?:\.\d+)*)\.?|([IVX]+)\.)\s+[A-Z]")


def parse_plain(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from plain text."""
    headings = _headings(text)
    found = [label for label in labels(text) if not any(h.start <= label.start < h.end for h in headings)]
    headings = sorted([*headings, *found], key=lambda heading: heading.start)
    first = _LINE.search(text)
    opening = first.group().strip(" \t*#=_-") if first else ""
    title = opening if len(opening) <= 120 and not opening.endswith((".", ":", ",")) else ""
    subject = find_subject(text, name, systems, title=title)
    return prose_document(text, stem, subject, headings)


def _headings(text: str) -> list[Heading]:
    """The lines that stand alone and look like a heading: underlined, in capitals, numbered, or named like a section.

    A numbered line next to the number before or after it is an item of a list.
    """
    lines = [
        (match.start(), match.end(), match.group())
        for match in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n)?", text)
        if match.group()
    ]
    written = [index for index, (_, _, line) in enumerate(lines) if line.strip()]
    above = {index: lines[other][2].strip() for other, index in itertools.pairwise(written)}
    under = {index: lines[other][2].strip() for index, other in itertools.pairwise(written)}
    headings: list[Heading] = []
    for index, (start, end, line) in enumerate(lines):
        shown = line.strip()
        below = lines[index + 1] if index + 1 < len(lines) else None
        alone = index == 0 or not lines[index - 1][2].strip()
        if not shown or len(shown) > 80 or _UNDERLINE.match(line):
            continue
        if below and _UNDERLINE.match(below[2].rstrip()) and len(below[2].strip()) >= min(len(shown), 3):
            headings.append(Heading(shown, start, below[1], _UNDERLINED_LEVEL[below[2].strip()[0]]))
        elif shown.endswith((".", ",", ";", "?", "!")) or not alone:
            continue
        elif (
            is_known(shown)
            or _in_capitals(shown)
            or _is_numbered_heading(shown, above.get(index, ""), under.get(index, ""))
        ):
            headings.append(Heading(shown, start, end, 2 + _number(shown)[0]))
    return headings


def _is_numbered_heading(line: str, above: str, under: str) -> bool:
    depth, number = _number(line)
    listed = any(
        other[0] == depth and other[1] - number in (0, step)
        for other, step in ((_number(above), -1), (_number(under), 1))
    )
    return depth > 0 and len(line.split()) <= 10 and not listed


def _number(line: str) -> tuple[int, int]:
    """Depth and last number of a numbered line: (1, 0) for "IV. Scope", (3, 4) for "2.4 Scope", else (0, 0)."""
    match = _NUMBER.match(line)
    if match is None:
        return 0, 0
    if match[1] is None:
        return 1, 0
    parts = match[1].split(".")
    return 1 + len(parts), int(parts[-1])


def _in_capitals(line: str) -> bool:
    return line.isupper() and not line[0].isdigit() and len(line.split()) <= 10
