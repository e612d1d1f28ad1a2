"""The CMS order file of ICD-10-PCS or ICD-10-CM: fixed columns, one code a line, headers among them."""

import re
from collections.abc import Sequence

from assistant.codes import Code, CodeSystem
from assistant.errors import UnreadableDocument
from assistant.parsing.subject import edition_start, year_in
from assistant.types import CodeEntry, Document, Section

# Columns 1-5 order number, 7-13 code, 15 flag (0 header, 1 billable), 17-76 short title, 78 on long title.
_LINE = re.compile(r"(\d{5}) ([0-9A-Z]{3,7}) {1,5}([01]) (.{60}) (\S.*?)[ \t]*(\r?\n|\Z)")
_SHAPE = re.compile(r"\d{5} [0-9A-Z]{3,7} {1,5}[01] \S")
_SHOWN = 3


def looks_like_order_file(text: str) -> bool:
    """Whether most of the first lines have the order file's columns."""
    lines = [line for line in text[:20_000].splitlines()[:50] if line.strip()]
    return len(lines) > 2 and sum(_SHAPE.match(line) is not None for line in lines) >= 0.8 * len(lines)


def parse_order_file(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from an order file; a line of the wrong width is left out and named in the warnings."""
    system = _system(text, name, systems)
    edition = year_in(stem)
    sections: list[Section] = []
    entries: list[CodeEntry] = []
    wrong: list[int] = []
    position = 0
    for number, match in enumerate(re.finditer(r"[^\n]*(?:\n|\Z)", text), start=1):
        start, end = match.span()
        if start == end:
            continue
        found = _LINE.fullmatch(text, start, end)
        parsed = system.parse(found[2]) if found else None
        if found is None or (parsed is None and found[3] == "1"):
            if text[start:end].strip():
                wrong.append(number)
            continue
        if position < start:
            sections.append(Section("line", "Line", position, start, (position, position)))
        position = end
        title = (found.start(5), found.end(5))
        if parsed is None:
            # A PCS table's header names no code of its own.
            sections.append(Section("header", "Header", start, end, (start, start)))
            continue
        code = Code(system.name, parsed.value, edition)
        entries.append(CodeEntry(code, text[slice(*title)], found.start(2), found.end(2), found[3] == "1"))
        quote = (found.start(2), title[1])
        sections.append(Section(found[2].lower(), code.value, start, end, title, code, quote))
    if position < len(text):
        sections.append(Section("line", "Line", position, len(text), (position, position)))
    if not entries:
        raise UnreadableDocument(f"{name} looks like an order file, but no line of it holds a code of {system.name}")
    return Document(
        stem_id(stem),
        stem,
        text,
        tuple(sections),
        tuple(entries),
        edition,
        edition_start(edition, system.name),
        warnings=(_warning(name, wrong),) if wrong else (),
    )


def stem_id(stem: str) -> str:
    """A document id from a file name."""
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "codes"


def _system(text: str, name: str, systems: Sequence[CodeSystem]) -> CodeSystem:
    """ICD-10-PCS where the billable codes have seven characters and no letter O or I, else ICD-10-CM."""
    values = [found[2] for line in text[:200_000].splitlines() if (found := _LINE.fullmatch(line)) and found[3] == "1"]
    for wanted in ("ICD-10-PCS", "ICD-10-CM"):
        system = next((system for system in systems if system.name == wanted), None)
        if system and values and sum(system.parse(value) is not None for value in values) >= 0.9 * len(values):
            return system
    raise UnreadableDocument(f"{name} looks like an order file, but its codes are neither ICD-10-PCS nor ICD-10-CM")


def _warning(name: str, lines: Sequence[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:_SHOWN]) + (", …" if len(lines) > _SHOWN else "")
    return f"{name}: {len(lines)} lines do not have the order file's columns and were left out (lines {shown})"
