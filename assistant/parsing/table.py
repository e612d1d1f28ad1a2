"""A delimited table of codes: finds the code and description columns; one row is one section."""

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.codes import Code, CodeSystem
from assistant.errors import UnreadableDocument
from assistant.parsing.sections import slugify
from assistant.parsing.subject import edition_start, year_in
from assistant.types import CodeEntry, Document, Section

_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_ROWS = 2_000
_CODE_HEADER = re.compile(r"\b(?:codes?|cpt|hcpcs|hcpc|cdt|icd|pcs|procedure|proc|modifiers?|mod)\b", re.IGNORECASE)
_MODIFIER_HEADER = re.compile(r"\bmod(?:ifiers?)?\b", re.IGNORECASE)
_NOT_CODE_HEADER = re.compile(
    r"\b(?:zip|postal|phone|price|amount|fee|count|qty|units?|date|id|npi|rvu)\b", re.IGNORECASE
)
_TEXT_HEADER = re.compile(r"\b(?:desc\w*|long|titles?|names?|definition|meaning|text)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its characters [start, end) in the text, without its quotes."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its cells and [start, end) with its line end; `line` counts from 1."""

    cells: tuple[Cell, ...]
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds the code, which the description, and how codes are read.

    `systems` are tried in order; `dotted` says that ICD-10-CM codes have their dot here, so that J1100 is none of them;
    `system` is the column that names each row's own system, if there is one.
    """

    code: int
    text: int
    systems: tuple[CodeSystem, ...]
    dotted: bool
    system: int | None

    def read(self, text: str, row: Row) -> Code | None:
        """The code of a row."""
        value = _content(text, row, self.code)
        named = _content(text, row, self.system).upper() if self.system is not None else ""
        own = [system for system in self.systems if named in {name.upper() for name in system.names}]
        return next((code for system in own or self.systems if (code := _read(system, value, self.dotted))), None)


def looks_like_table(text: str, systems: Sequence[CodeSystem]) -> bool:
    """Whether most of the first lines have the same number (two or more) of cells, and one column holds codes."""
    delimiter = _delimiter(text)
    return delimiter is not None and _columns(text, list(split_rows(text, delimiter)), systems) is not None


def parse_table(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from a delimited table. Raises UnreadableDocument where no column holds codes."""
    delimiter = _delimiter(text) or ","
    rows = list(split_rows(text, delimiter))
    columns = _columns(text, rows, systems)
    if columns is None:
        raise UnreadableDocument(
            f"{name} has no column of codes known here; name the column 'code', or describe your own code system in "
            "ASSISTANT_CODE_SYSTEMS"
        )
    edition = year_in(stem)
    sections: list[Section] = []
    entries: list[CodeEntry] = []
    seen: set[Code] = set()
    skipped: list[int] = []
    position = 0
    for row in rows:
        found = None if not entries and _is_header(text, row, columns) else _entry(text, row, columns, edition)
        if found is None:
            if entries and any(cell.end > cell.start for cell in row.cells):
                skipped.append(row.line)
            continue
        entry, section = found
        if position < row.start:
            sections.append(Section("table-text", "Table text", position, row.start, (position, position)))
        sections.append(section)
        position = row.end
        if entry.code not in seen:
            seen.add(entry.code)
            entries.append(entry)
    if position < len(text):
        sections.append(Section("table-text", "Table text", position, len(text), (position, position)))
    effective = edition_start(edition, columns.systems[0].name)
    warnings = (_skipped(name, skipped),) if skipped else ()
    return Document(slugify(stem) or "table", stem, text, tuple(sections), tuple(entries), edition, effective,
                    warnings=warnings)  # fmt: skip


def split_rows(text: str, delimiter: str) -> Iterator[Row]:
    """The records of RFC 4180 text with the place of every cell. A quote that never closes ends with its line."""
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    quoted = re.compile(rf'[ \t]*"((?:[^"]|"")*)"[ \t]*(?=[{re.escape(delimiter)}\r\n]|\Z)')
    position, line = 0, 1
    while position < len(text):
        start, first_line, cells = position, line, []
        while True:
            match = quoted.match(text, position)
            span = match.span(1) if match else None
            if match is None:
                match = plain.match(text, position)
                assert match is not None
                span = match.span()
            assert span is not None
            cells.append(Cell(*span))
            line += text.count("\n", position, match.end())
            position = match.end()
            if position < len(text) and text[position] == delimiter:
                position += 1
                continue
            break
        if text.startswith("\r\n", position):
            position += 2
        elif position < len(text):
            position += 1
        line += 1
        yield Row(tuple(cells), start, position, first_line)


def _delimiter(text: str) -> str | None:
    lines = [line for line in text[:20_000].splitlines()[:60] if line.strip()]
    best: tuple[float, str] | None = None
    for delimiter in _DELIMITERS:
        sample = "\n".join(lines)
        counts = [len(row.cells) for row in split_rows(sample, delimiter)]
        common, times = Counter(counts).most_common(1)[0] if counts else (1, 0)
        if common >= 2 and times >= 0.6 * len(counts):
            score = times / len(counts) + min(common, 8) / 100
            best = max(best, (score, delimiter)) if best else (score, delimiter)
    return best[1] if best else None


def _columns(text: str, rows: Sequence[Row], systems: Sequence[CodeSystem]) -> Columns | None:
    # Spread over the table: a code set may open with hundreds of modifiers.
    step = max(1, len(rows) // _SAMPLE_ROWS)
    sample = [row for row in rows[::step] if len(row.cells) > 1]
    width = max((len(row.cells) for row in sample), default=0)
    ranked: list[tuple[float, int, tuple[CodeSystem, ...]]] = []
    for column in range(width):
        cells = [_content(text, row, column) for row in sample]
        header = " ".join(cells[:3])
        filled = [cell for cell in cells if cell]
        if len(filled) < max(1, 0.3 * len(cells)):
            continue
        modifiers = bool(_MODIFIER_HEADER.search(header))
        dotted = any("." in cell for cell in filled)
        held = _covering(filled, header, systems, dotted)
        total = sum(max((_worth(s, cell, dotted, modifiers) for s in held), default=0.0) for cell in filled)
        total /= len(filled)
        hint = 0.5 * bool(_CODE_HEADER.search(header)) - 0.6 * bool(_NOT_CODE_HEADER.search(header))
        distinct = len(set(filled)) / len(filled)
        if total + hint >= 0.5 and total >= 0.3:
            ranked.append((total + hint + 0.3 * distinct, -column, held))
    if not ranked:
        return None
    _, code_column, found = max(ranked, key=lambda item: item[:2])
    text_column = _text_column(text, sample, width, -code_column)
    if text_column is None:
        return None
    names = {name.upper() for system in systems for name in system.names}
    named = (
        column
        for column in range(width)
        if sum(_content(text, row, column).upper() in names for row in sample) > 0.6 * len(sample)
    )
    system_column = next(named, None)
    dotted = any("." in _content(text, row, -code_column) for row in sample)
    return Columns(-code_column, text_column, found if system_column is None else tuple(systems),
                   dotted and system_column is None, system_column)  # fmt: skip


def _covering(cells: Sequence[str], header: str, systems: Sequence[CodeSystem], dotted: bool) -> tuple[CodeSystem, ...]:
    """The fewest systems that read the cells: first one that the header names, then the one that reads most."""
    chosen: list[CodeSystem] = []
    left = list(cells)
    open_systems = list(systems)
    while left and open_systems:
        reads = [sum(_read(system, cell, dotted) is not None for cell in left) for system in open_systems]
        named = [bool(reads[at]) and _names(header, system) for at, system in enumerate(open_systems)]
        best = max(range(len(reads)), key=lambda at: (named[at], reads[at], -at))
        if reads[best] < max(1, 0.005 * len(cells)):
            break
        system = open_systems.pop(best)
        chosen.append(system)
        left = [cell for cell in left if _read(system, cell, dotted) is None]
    return tuple(chosen)


def _names(header: str, system: CodeSystem) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b(?!-\w)", header, re.IGNORECASE) for name in system.names)


def _read(system: CodeSystem, cell: str, dotted: bool) -> Code | None:
    if dotted and system.dotted and len(cell) > 3 and "." not in cell:
        return None
    return system.parse(cell)


def _text_column(text: str, sample: Sequence[Row], width: int, code_column: int) -> int | None:
    best: tuple[float, int] | None = None
    for column in range(width):
        if column == code_column:
            continue
        cells = [_content(text, row, column) for row in sample]
        letters = [sum(character.isalpha() for character in cell) for cell in cells[1:] or cells]
        score = statistics.fmean(letters) * (1.5 if _TEXT_HEADER.search(" ".join(cells[:3])) else 1.0)
        if score >= 3 and (best is None or score > best[0]):
            best = (score, column)
    return best[1] if best else None


def _worth(system: CodeSystem, cell: str, dotted: bool, modifiers: bool) -> float:
    """How much a cell says for a column of this system's codes; two characters may be anything but modifiers."""
    if len(cell) > 12 or _read(system, cell, dotted) is None:
        return 0.0
    if len(cell) <= 2 and modifiers:
        return 0.8
    if not any(character.isdigit() for character in cell):
        return 0.0
    return 0.4 if len(cell) <= 2 else 1.0


def _content(text: str, row: Row, column: int) -> str:
    return text[row.cells[column].start : row.cells[column].end].strip() if column < len(row.cells) else ""


def _is_header(text: str, row: Row, columns: Columns) -> bool:
    """A header may look like a modifier: "CD,DESCRIPTION"."""
    value, title = _content(text, row, columns.code), _content(text, row, columns.text)
    return value.isalpha() and len(title.split()) <= 3 and bool(_TEXT_HEADER.search(title))


def _entry(text: str, row: Row, columns: Columns, edition: str | None) -> tuple[CodeEntry, Section] | None:
    value, title = _content(text, row, columns.code), _content(text, row, columns.text)
    code = columns.read(text, row)
    if code is None or not title:
        return None
    code = Code(code.system, code.value, edition)
    code_cell, text_cell = row.cells[columns.code], row.cells[columns.text]
    code_start = text.index(value, code_cell.start)
    body_start = text.index(title, text_cell.start)
    body = (body_start, body_start + len(title))
    quote = (min(code_start, body[0]), max(code_start + len(value), body[1]))
    shown = " ".join(title.replace('""', '"').split())
    entry = CodeEntry(code, shown, code_start, code_start + len(value))
    section = Section(slugify(code.value), code.value, row.start, row.end, body, code, quote)
    return entry, section


def _skipped(name: str, lines: Sequence[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:5]) + (", …" if len(lines) > 5 else "")
    return f"{name}: {len(lines)} rows have no code or no description and were left out (lines {shown})"
