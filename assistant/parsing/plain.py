"""Plain text: headings by their look, or labelled sentences. The stored text is the file's own."""

import re
from collections.abc import Sequence

from assistant.codes import CodeSystem
from assistant.parsing.prose import prose_document
from assistant.parsing.sections import Heading, is_known, labels
from assistant.parsing.subject import find_subject
from assistant.types import Document

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
    opening = first.group().strip() if first else ""
    title = opening if len(opening) <= 120 and not opening.endswith((".", ":", ",")) else ""
    subject = find_subject(text, name, systems, title=title)
    return prose_document(text, stem, subject, headings)


def _headings(text: str) -> list[Heading]:
    """Lines that stand alone and look like a heading: underlined, in capitals, numbered, or a known section's name.

    A numbered line beside another of its kind is an item of a list.
    """
    lines = [
        (match.start(), match.end(), match.group())
        for match in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n)?", text)
        if match.group()
    ]
    written = [index for index, (_, _, line) in enumerate(lines) if line.strip()]
    neighbours = {
        index: [lines[other][2].strip() for other in (*written[max(0, at - 1) : at], *written[at + 1 : at + 2])]
        for at, index in enumerate(written)
    }
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
        elif is_known(shown) or _in_capitals(shown):
            headings.append(Heading(shown, start, end, 2))
        elif _depth(shown) and len(shown.split()) <= 10 and _depth(shown) not in map(_depth, neighbours[index]):
            headings.append(Heading(shown, start, end, 2 + _depth(shown)))
    return headings


def _depth(line: str) -> int:
    """How deep a numbered line stands: 1 for "IV. Scope", 2 for "2. Scope", 3 for "2.1 Scope", 0 for no number."""
    match = _NUMBER.match(line)
    if match is None:
        return 0
    return 1 if match[1] is None else 2 + match[1].count(".")


def _in_capitals(line: str) -> bool:
    return line.isupper() and not line[0].isdigit() and len(line.split()) <= 10
