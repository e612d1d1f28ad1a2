"""Tables of documents: their columns, and where the cells of a row stand in the stored text."""

import bisect
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, [start, end) in the text of its document: its columns, and how a row is split into cells.

    `columns` are their names, words of several header lines joined; () where the table names none. `code`, `text`,
    `modifier`, `starts` and `ends` say which column holds what; a table of other things than codes has none of them.
    `delimiter` parts the cells of a row, which may stand in quotation marks where `quoted`. `apart` are the rows, by
    their start, whose cells stand otherwise, as merged cells do. `long` are rows that were cut into several passages.
    """

    start: int
    end: int
    columns: tuple[str, ...]
    delimiter: str = "\t"
    quoted: bool = False
    code: int | None = None
    text: int | None = None
    modifier: int | None = None
    starts: int | None = None
    ends: int | None = None
    apart: tuple[tuple[int, tuple[Span, ...]], ...] = ()
    long: tuple[Span, ...] = ()

    def row_of(self, start: int, end: int) -> Span:
        """The row that [start, end) of the document's text is, or is a piece of."""
        at = bisect.bisect_right(self.long, start, key=lambda row: row[0]) - 1
        return self.long[at] if at >= 0 and start < self.long[at][1] else (start, end)

    def cells(self, row: str, start: int) -> tuple["TableCell", ...]:
        """The cells of a row whose characters begin at `start` of the document's text, without blanks around them."""
        at = bisect.bisect_left(self.apart, start, key=lambda one: one[0])
        if at < len(self.apart) and self.apart[at][0] == start:
            spans = tuple((first - start, last - start) for first, last in self.apart[at][1])
        elif self.quoted:
            spans = record(row, 0, self.delimiter)[0]
        else:
            spans = plain_cells(row, self.delimiter)
        found = []
        for column, (first, last) in enumerate(spans):
            cell = row[first:last]
            first += len(cell) - len(cell.lstrip())
            value = cell.strip()
            name = self.columns[column] if column < len(self.columns) else ""
            found.append(TableCell(column, name, value, start + first, start + first + len(value)))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell: its column and the column's name ("" without one), and its words, [start, end) in the document's text."""

    column: int
    name: str
    value: str
    start: int
    end: int


def table_at(tables: Sequence[Table], place: int) -> Table | None:
    """The table, of some in the order of their text, that holds the character at a place."""
    at = bisect.bisect_right(tables, place, key=lambda table: table.start) - 1
    return tables[at] if at >= 0 and place < tables[at].end else None


def plain_table(table: Table) -> dict[str, Any]:
    """A table as JSON takes it."""
    return asdict(table)


def read_table(values: Mapping[str, Any]) -> Table:
    """The table that `plain_table` took apart. Raises KeyError, ValueError or TypeError if the values make none."""
    apart = tuple((row, tuple((first, last) for first, last in cells)) for row, cells in values["apart"])
    long = tuple((start, end) for start, end in values["long"])
    return Table(**{**values, "columns": tuple(values["columns"]), "apart": apart, "long": long})


def plain_cells(row: str, delimiter: str) -> tuple[Span, ...]:
    """Where the cells of a row stand that a delimiter parts, whatever is in them; line ends behind it are no cell's."""
    spans, position = [], 0
    for cell in row.rstrip("\r\n").split(delimiter):
        spans.append((position, position + len(cell)))
        position += len(cell) + len(delimiter)
    return tuple(spans)


def record(text: str, position: int, delimiter: str) -> tuple[tuple[Span, ...], int]:
    """The cells of the record of RFC 4180 text at a position, without their quotes, and where its line end stands.

    A quote that never closes ends with its line.
    """
    plain, quoted = _patterns(delimiter)
    cells: list[Span] = []
    while True:
        match = quoted.match(text, position)
        if match is not None:
            cells.append(match.span(1))
        else:
            match = plain.match(text, position)
            assert match is not None
            cells.append(match.span())
        position = match.end()
        if position < len(text) and text[position] == delimiter:
            position += 1
            continue
        return tuple(cells), position


@functools.cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    blank = "[ ]*" if delimiter == "\t" else r"[ \t]*"
    return (
        re.compile(rf"[^{re.escape(delimiter)}\r\n]*"),
        re.compile(rf'{blank}"((?:[^"]|"")*)"{blank}(?=[{re.escape(delimiter)}\r\n]|\Z)'),
    )
