"""Turns the sheets of any workbook into a document: lines of cells with tabs between, and a section for each coded row.

A section's location is the cell of its code, such as `Fees!A5`. Blanks and line ends inside a cell become one blank.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from assistant.errors import UnreadableDocument
from assistant.parsing.columns import Cell, Row, find_columns
from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.pairs import read_coded_rows
from assistant.parsing.rows import Reading, gap, table_of, warnings_of
from assistant.parsing.sections import slugify
from assistant.types import Document
from assistant.types.codes import CodeSystem

_SHOWN = 5
_MOST_CELLS = 8_000_000
MOST_EMPTY_ROWS = 10_000  # a sheet that is only formatted further down has ended


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its rows in the stored text ([start, end)), and for each row its number on the sheet."""

    name: str
    rows: tuple[Row, ...]
    start: int
    end: int


Place = Callable[[Sheet, Row, int], str]


class SheetsText:
    """The text of a workbook that grows row by row."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: list[str] = []
        self._rows: list[Row] = []
        self._start = self._position = 0
        self._cells = 0
        self.sheets: list[Sheet] = []

    def row(self, shown: Sequence[str], number: int, spread: Mapping[int, int] | None = None) -> None:
        """Adds the row of a number, from 1, without its empty last cells; a row of nothing else is left out.

        `spread` says which cell is that of a column to its right too.
        """
        filled = len(shown)
        while filled and not shown[filled - 1]:
            filled -= 1
        if not filled:
            return
        self._cells += filled
        if self._cells > _MOST_CELLS:
            raise UnreadableDocument(f"{self._name} has more than {_MOST_CELLS:,} cells; split it")
        cells, at = [], self._position
        for text in shown[:filled]:
            cells.append(Cell(at, at + len(text)))
            at += len(text) + 1
        for column, first in (spread or {}).items():
            if column < filled:
                cells[column] = cells[first]
        self._rows.append(Row(tuple(cells), self._position, at, number))
        self._lines.append("\t".join(shown[:filled]))
        self._position = at

    def end_sheet(self, name: str) -> None:
        """Ends a sheet: what follows is the next one."""
        self.sheets.append(Sheet(name, tuple(self._rows), self._start, self._position))
        self._rows = []
        self._start = self._position

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)


def cell_place(sheet: Sheet, row: Row, column: int) -> str:
    """A cell as a workbook names it: `Fees!A5`."""
    return f"{sheet.name}!{_letters(column)}{row.line}"


def sheets_document(
    found: SheetsText, name: str, stem: str, systems: Sequence[CodeSystem], *, title: str = "",
    edition: str | None = None, what: str = "sheet", place: Place = cell_place,
) -> Document:  # fmt: skip
    """The document of a workbook; sheets without a column of codes are stored, but not searched.

    Without a title or an edition of its own it takes those of its file name. `what` is what a person calls a sheet.

    Raises UnreadableDocument where no sheet holds codes.
    """
    text = found.text()
    coded = [(one, columns) for one in found.sheets if (columns := find_columns(text, one.rows, systems)) is not None]
    if not coded:
        raise UnreadableDocument(
            f"{name} has no {what} with a column of codes of a known system; name the column 'code', or describe "
            "your own code system in ASSISTANT_CODE_SYSTEMS"
        )
    first, columns = coded[0]
    opening = text[first.start : first.rows[columns.opening].start]
    edition = edition or edition_of(stem, opening)
    reading = Reading()
    for sheet, layout in coded:
        read_coded_rows(text, sheet.rows, layout, edition, reading, partial(place, sheet))
    coded_sheets = {sheet.start for sheet, _ in coded}
    keys = [
        table_of(text, sheet.rows, None) for sheet in found.sheets if sheet.rows and sheet.start not in coded_sheets
    ]
    gap(reading, len(text))
    notes = warnings_of(reading, name, "cell", _listed)
    return Document(
        slugify(stem) or "workbook",
        title or stem,
        text,
        tuple(reading.sections),
        tuple(reading.entries),
        edition,
        effective_of(stem, edition, columns.systems[0].name, opening),
        warnings=notes,
        tables=tuple(sorted([*reading.tables, *keys], key=lambda table: table.start)),
        pairs=tuple(reading.pairs),
    )


def _listed(places: Sequence[str]) -> str:
    return ", ".join(places[:_SHOWN]) + (", …" if len(places) > _SHOWN else "")


def _letters(column: int) -> str:
    """The letters of a column that counts from 0: A, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
