"""Finds which columns of a table hold the code, its description, its modifier and its dates."""

import datetime
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.types.codes import Code, CodeSystem

_SAMPLE_ROWS = 2_000
_HEADER_ROWS = 30
_CODE_HEADER = re.compile(r"\b(?:codes?|cd|cpt|hcpcs|hcpc|cdt|icd|pcs|procedure|proc|modifiers?|mod)\b", re.IGNORECASE)
_MODIFIER_HEADER = re.compile(r"\bmod(?:ifiers?)?\b", re.IGNORECASE)
_NOT_CODE_HEADER = re.compile(
    r"\b(?:zip|postal|phone|price|amount|fee|count|qty|units?|date|id|npi|rvu)\b", re.IGNORECASE
)
_STARTS = (
    re.compile(r"\b(?:add|added|start|begin) (?:dt|date)\b", re.IGNORECASE),
    re.compile(r"\beff\w*(?: (?:dt|date))?\b", re.IGNORECASE),
)
_ENDS = (re.compile(r"\b(?:term\w*|end|expir\w*|delet\w*) (?:dt|date)\b|\bexpir\w*\b", re.IGNORECASE),)
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)|(\d\d?)/(\d\d?)/(\d{4})")
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
    """The columns of the code and of its description, and how codes are read.

    `systems` are tried in order. `dotted` says that ICD-10-CM codes have their dot here, so that J1100 is not one.
    `system` is the column that names each row's own system; `modifier`, `starts` and `ends` are the columns of a
    modifier and of the days between which a code is valid; each may be missing. `opening` is the index of the first row
    that may hold a code, `header` that of the last row of column names before it (-1 if there is none).
    """

    code: int
    text: int
    systems: tuple[CodeSystem, ...]
    dotted: bool
    system: int | None
    opening: int = 0
    header: int = -1
    modifier: int | None = None
    starts: int | None = None
    ends: int | None = None

    def read(self, text: str, row: Row) -> Code | None:
        """The code of a row."""
        value = content(text, row, self.code)
        named = content(text, row, self.system).upper() if self.system is not None else ""
        own = [system for system in self.systems if named in {name.upper() for name in system.names}]
        return next((code for system in own or self.systems if (code := _read(system, value, self.dotted))), None)

    def days(self, text: str, row: Row) -> tuple[datetime.date | None, datetime.date | None]:
        """The first and the last day on which a row's code is valid; None where the table has no such column."""
        first, last = (
            day_in(content(text, row, column)) if column is not None else None for column in (self.starts, self.ends)
        )
        return first, last

    def is_header(self, text: str, row: Row) -> bool:
        """Whether a row names the columns though it looks like a code: "CD,DESCRIPTION" begins like a modifier."""
        value, title = content(text, row, self.code), content(text, row, self.text)
        return value.isalpha() and len(title.split()) <= 3 and bool(_TEXT_HEADER.search(title))

    def heading(self, text: str, row: Row) -> str:
        """The words of a row that heads the rows below: its only cell, outside the description's column; else ""."""
        filled = [column for column, cell in enumerate(row.cells) if text[cell.start : cell.end].strip()]
        if len(filled) != 1 or filled[0] > self.code or filled[0] == self.text:
            return ""
        words = content(text, row, filled[0])
        return " ".join(words.split()) if " " in words and self.read(text, row) is None else ""


def find_columns(text: str, rows: Sequence[Row], systems: Sequence[CodeSystem]) -> Columns | None:
    """The columns of a table, by their cells and by the names above them; None where no column holds codes."""
    opening, names = _header(text, rows, systems)
    # The sample is spread over the table, for a code set may open with hundreds of modifiers.
    step = max(1, (len(rows) - opening) // _SAMPLE_ROWS)
    sample = [row for row in rows[opening::step] if len(row.cells) > 1]
    width = max((len(row.cells) for row in sample), default=0)
    headers = [
        " ".join(content(text, row, column) for row in names or sample[:3]).replace("_", " ") for column in range(width)
    ]
    ranked: list[tuple[float, int, tuple[CodeSystem, ...]]] = []
    for column in range(width):
        cells = [content(text, row, column) for row in sample]
        header = headers[column]
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
    code = -code_column
    text_column = _text_column(text, sample, headers, code)
    if text_column is None:
        return None
    known = {name.upper() for system in systems for name in system.names}
    named = (
        column
        for column in range(width)
        if sum(content(text, row, column).upper() in known for row in sample) > 0.6 * len(sample)
    )
    system_column = next(named, None)
    others = [header if column not in (code, text_column) else "" for column, header in enumerate(headers)]
    return Columns(
        code,
        text_column,
        found if system_column is None else tuple(systems),
        system_column is None and any("." in content(text, row, code) for row in sample),
        system_column,
        opening,
        next((index for index in range(opening - 1, -1, -1) if rows[index] in names), -1),
        _named_by((_MODIFIER_HEADER,), others),
        _named_by(_STARTS, others) if names else None,
        _named_by(_ENDS, others) if names else None,
    )


def _header(text: str, rows: Sequence[Row], systems: Sequence[CodeSystem]) -> tuple[int, list[Row]]:
    """(index of the first row with a code, the rows above it that name columns); (0, []) if there is none above.

    Several rows may name the columns together. An introduction or a copyright in one wide cell names none.
    """
    for index, row in enumerate(rows[:_HEADER_ROWS]):
        below = rows[index + 1] if index + 1 < len(rows) else None
        if any(_surely_code(text, row, below, column, systems) for column in range(len(row.cells))):
            above = [row for row in rows[:index] if sum(cell.end > cell.start for cell in row.cells) > 1]
            return (index, above) if above else (0, [])
    return 0, []


def _surely_code(text: str, row: Row, below: Row | None, column: int, systems: Sequence[CodeSystem]) -> bool:
    """Whether a cell does not name a column: "PE" or "NA" may be a modifier, but then another one stands below it."""
    cell = content(text, row, column)
    if not (1 < len(cell) <= 12) or len(cell) == 3 or not any(system.parse(cell) for system in systems):
        return False
    if len(cell) > 2:
        return any(character.isdigit() for character in cell)
    under = content(text, below, column) if below is not None else ""
    return cell[0].isalpha() and (cell[1].isdigit() or (len(under) == 2 and under[0].isalpha() and under != cell))


def _named_by(patterns: Sequence[re.Pattern[str]], headers: Sequence[str]) -> int | None:
    """The first column that the first of the patterns names."""
    named = (column for pattern in patterns for column, header in enumerate(headers) if pattern.search(header))
    return next(named, None)


def _covering(cells: Sequence[str], header: str, systems: Sequence[CodeSystem], dotted: bool) -> tuple[CodeSystem, ...]:
    """The fewest systems that read the cells: first the one that the header names, then the one that reads most."""
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


def _text_column(text: str, sample: Sequence[Row], headers: Sequence[str], code_column: int) -> int | None:
    best: tuple[float, int] | None = None
    for column, header in enumerate(headers):
        if column == code_column:
            continue
        cells = [content(text, row, column) for row in sample]
        letters = [sum(character.isalpha() for character in cell) for cell in cells[1:] or cells]
        score = statistics.fmean(letters) * (1.5 if _TEXT_HEADER.search(header) else 1.0)
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


def content(text: str, row: Row, column: int) -> str:
    """The words of a cell; "" where the row has no such cell."""
    return text[row.cells[column].start : row.cells[column].end].strip() if column < len(row.cells) else ""


def day_in(text: str) -> datetime.date | None:
    """A day written 20190101, 2019-01-01 or, as CMS does, 1/31/2019."""
    found = _DAY.match(text)
    if found is None:
        return None
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[4], found[5])
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None
