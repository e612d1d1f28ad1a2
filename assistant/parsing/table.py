"""Reads a delimited table of codes: one row is one section."""

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import overload

from assistant.errors import UnreadableDocument
from assistant.parsing.columns import Cell, Row, find_columns
from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.pairs import read_coded_rows
from assistant.parsing.rendering import shown_lines
from assistant.parsing.rows import Reading, gap, warnings_of
from assistant.parsing.sections import slugify
from assistant.types import Document
from assistant.types.codes import CodeSystem
from assistant.types.tables import plain_cells, record

_DELIMITERS = (",", "\t", ";", "|")
_LINE_END = re.compile(r"[\r\n]")


def looks_like_table(text: str, systems: Sequence[CodeSystem]) -> bool:
    """Whether most of the first lines have the same number (two or more) of cells, and one column holds codes."""
    delimiter = _delimiter(text)
    return delimiter is not None and find_columns(text, Records(text, delimiter), systems) is not None


def parse_table(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from a delimited table. Raises UnreadableDocument where no column holds codes."""
    delimiter = _delimiter(text) or ","
    rows = Records(text, delimiter)
    columns = find_columns(text, rows, systems)
    if columns is None:
        raise UnreadableDocument(
            f"{name} has no column of codes of a known system; name the column 'code', or describe "
            "your own code system in ASSISTANT_CODE_SYSTEMS"
        )
    opening = text[: rows[columns.opening].start]
    edition = edition_of(stem, opening)
    reading = Reading()
    read_coded_rows(text, rows, columns, edition, reading, delimiter=delimiter, quoted=True)
    gap(reading, len(text))
    warnings = warnings_of(reading, name, "line", lambda lines: shown_lines(int(line) for line in lines))
    effective = effective_of(stem, edition, columns.systems[0].name, opening)
    return Document(
        slugify(stem) or "table", stem, text, tuple(reading.sections), tuple(reading.entries), edition, effective,
        warnings=warnings, tables=tuple(reading.tables), pairs=tuple(reading.pairs),
    )  # fmt: skip


class Records(Sequence[Row]):
    """The records of RFC 4180 text with the place of every cell, split when asked for: the cells of a million records
    would fill the memory. A quote that never closes ends with its line."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text, self._delimiter = text, delimiter
        self._starts, self._lines = array("Q"), array("Q")
        position, line = 0, 1
        while position < len(text):
            self._starts.append(position)
            self._lines.append(line)
            found = _LINE_END.search(text, position)
            end = found.start() if found else len(text)
            if '"' in text[position:end]:
                end = record(text, position, delimiter)[1]
                line += text.count("\n", position, end)
            position = end + (2 if text.startswith("\r\n", end) else 1)
            line += 1
        self._starts.append(len(text))

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        line = self._lines[at]  # raises IndexError at the end, where the walk through a sequence stops
        at = at if at >= 0 else at + len(self)
        start, end = self._starts[at], self._starts[at + 1]
        text = self._text[start:end]
        spans = record(text, 0, self._delimiter)[0] if '"' in text else plain_cells(text, self._delimiter)
        return Row(tuple(Cell(start + first, start + last) for first, last in spans), start, end, line)


def _delimiter(text: str) -> str | None:
    lines = [line for line in text[:20_000].splitlines()[:60] if line.strip()]
    best: tuple[float, str] | None = None
    for delimiter in _DELIMITERS:
        sample = "\n".join(lines)
        counts = [len(row.cells) for row in Records(sample, delimiter)]
        common, times = Counter(counts).most_common(1)[0] if counts else (1, 0)
        if common >= 2 and times >= 0.6 * len(counts):
            score = times / len(counts) + min(common, 8) / 100
            best = max(best, (score, delimiter)) if best else (score, delimiter)
    return best[1] if best else None
