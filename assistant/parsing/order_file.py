"""Reads the CMS order file of ICD-10-PCS or ICD-10-CM: fixed columns, one code on each line, some of them headers."""

import re
from collections.abc import Sequence

from assistant.errors import UnreadableDocument
from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.rendering import shown_lines
from assistant.parsing.sections import slugify
from assistant.types import CodeEntry, Document, Section
from assistant.types.codes import Code, CodeSystem

# Columns 1-5 order number, 7-13 code, 15 flag (0 header, 1 billable), 17-76 short title, 78 on long title.
_COLUMNS = r"(\d{5}) (?=.{7} [01])([0-9A-Z]{3,7}) {1,5}([01]) ([^\n]{60}) (\S[^\n]*?)"
_LINE = re.compile(rf"(?:{_COLUMNS}[ \t]*(\r?\n|\Z)|[^\n]*\n|[^\n]+\Z)")
_SHAPE = re.compile(r"\d{5} [0-9A-Z]{3,7} {1,5}[01] \S")


def looks_like_order_file(text: str) -> bool:
    """Whether most of the first lines have the order file's columns."""
    lines = [line for line in text[:20_000].splitlines()[:50] if line.strip()]
    return len(lines) > 2 and sum(_SHAPE.match(line) is not None for line in lines) >= 0.8 * len(lines)


def parse_order_file(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from an order file; a warning names each line that was left out for its width."""
    system = _system(text, name, systems)
    edition = edition_of(stem)
    sections: list[Section] = []
    entries: list[CodeEntry] = []
    wrong: list[int] = []
    position = number = 0
    for number, found in enumerate(_LINE.finditer(text), start=1):
        start, end = found.span()
        value, billable = found[2], found[3] == "1"
        parsed = system.parse(value) if value else None
        if value is None or (parsed is None and billable) or _is_cut(found):
            if text[start:end].strip():
                wrong.append(number)
            continue
        if position < start:
            sections.append(Section("line", "Line", position, start, (position, position)))
        position = end
        if parsed is None:
            # A PCS table's header names no code of its own.
            sections.append(Section("header", "Header", start, end, (start, start)))
            continue
        title = found.span(5)
        code = Code(system.name, parsed.value, edition)
        entries.append(CodeEntry(code, found[5], found.start(2), found.end(2), billable))
        quote = (found.start(2), title[1])
        sections.append(Section(value.lower(), code.value, start, end, title, code, quote))
    if position < len(text):
        sections.append(Section("line", "Line", position, len(text), (position, position)))
    if not entries:
        raise UnreadableDocument(f"{name} looks like an order file, but no line of it holds a code of {system.name}")
    return Document(
        slugify(stem) or "codes",
        stem,
        text,
        tuple(sections),
        tuple(entries),
        edition,
        effective_of(stem, edition, system.name),
        warnings=_warnings(name, text, number, wrong),
    )


def _is_cut(line: re.Match[str]) -> bool:
    """Whether a last line without a line end breaks off: a long title is never shorter than the short one."""
    return line[6] == "" and len(line[5]) < len(line[4].rstrip())


def _system(text: str, name: str, systems: Sequence[CodeSystem]) -> CodeSystem:
    """ICD-10-PCS where the billable codes have seven characters and no letter O or I, else ICD-10-CM."""
    values = [found[2] for found in _LINE.finditer(text, 0, 200_000) if found[3] == "1"]
    for wanted in ("ICD-10-PCS", "ICD-10-CM"):
        system = next((system for system in systems if system.name == wanted), None)
        if system and values and sum(system.parse(value) is not None for value in values) >= 0.9 * len(values):
            return system
    raise UnreadableDocument(f"{name} looks like an order file, but its codes are neither ICD-10-PCS nor ICD-10-CM")


def _warnings(name: str, text: str, last: int, wrong: Sequence[int]) -> tuple[str, ...]:
    warnings = []
    if wrong:
        warnings.append(
            f"{name}: {len(wrong)} lines do not have the order file's columns and were left out "
            f"(lines {shown_lines(wrong)})"
        )
    if not text.endswith("\n"):
        warnings.append(f"{name}: line {last}, the last, has no line end; the file may be cut off there")
    return tuple(warnings)
