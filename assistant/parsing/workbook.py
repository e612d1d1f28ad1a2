"""Reads an Excel workbook of codes: it renders each sheet as lines of cells with tabs between; a row is a section.

A section's location is the cell of its code, such as `Fees!A5`. Blanks and line ends inside a cell become one blank.
"""

import datetime
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from assistant.errors import UnreadableDocument, in_one_line
from assistant.parsing.columns import Cell, Row, find_columns
from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.merged_cells import Spread, merged_in
from assistant.parsing.rows import Reading, gap, read_rows, warnings_of
from assistant.parsing.sections import slugify
from assistant.types import Document
from assistant.types.codes import CodeSystem

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SheetCell
    from openpyxl.cell.cell import MergedCell
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

_SHOWN = 5
_ZEROS = re.compile(r"0{2,}")
_MOST_EMPTY_ROWS = 10_000  # a sheet that is only formatted further down has ended


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its rows in the stored text ([start, end)), and for each row its number on the sheet."""

    name: str
    rows: tuple[Row, ...]
    start: int
    end: int


def looks_like_workbook(parts: frozenset[str]) -> bool:
    """Whether the parts of a package are those of an Excel workbook."""
    return "xl/workbook.xml" in parts


def parse_workbook(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from a workbook; sheets without a column of codes are stored, but not searched.

    Raises UnreadableDocument where no sheet holds codes.
    """
    text, sheets = _rendered(source, name)
    found = [(sheet, columns) for sheet in sheets if (columns := find_columns(text, sheet.rows, systems)) is not None]
    if not found:
        raise UnreadableDocument(
            f"{name} has no sheet with a column of codes of a known system; name the column 'code', or describe "
            "your own code system in ASSISTANT_CODE_SYSTEMS"
        )
    first, columns = found[0]
    edition = edition_of(stem, text[first.start : first.rows[columns.opening].start])
    reading = Reading()
    for sheet, layout in found:
        read_rows(text, sheet.rows, layout, edition, reading, partial(_place, sheet))
    gap(reading, len(text))
    notes = warnings_of(reading, name, "cell", _listed)
    return Document(
        slugify(stem) or "workbook",
        stem,
        text,
        tuple(reading.sections),
        tuple(reading.entries),
        edition,
        effective_of(stem, edition, columns.systems[0].name),
        warnings=notes,
    )


def _listed(places: Sequence[str]) -> str:
    return ", ".join(places[:_SHOWN]) + (", …" if len(places) > _SHOWN else "")


def _place(sheet: Sheet, row: Row, column: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{sheet.name}!{get_column_letter(column + 1)}{row.line}"


def _rendered(source: bytes, name: str) -> tuple[str, list[Sheet]]:
    # Imported here, because a query imports this module too and would pay for it.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    sheets: list[Sheet] = []
    lines: list[str] = []
    position = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of headers and styles that it leaves out
            book = load_workbook(io.BytesIO(source), read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                start, rows, empty = position, [], 0
                spread = Spread(merged_in(source, sheet))
                for number, cells in enumerate(sheet.iter_rows(), start=1):
                    shown = [_shown(cell) for cell in cells]
                    while shown and not shown[-1]:
                        shown.pop()
                    empty = 0 if shown else empty + 1
                    if empty > _MOST_EMPTY_ROWS:
                        break
                    if not shown:
                        continue
                    columns = spread.over(shown, number)
                    rows.append(_row(shown, columns, position, number))
                    lines.append("\t".join(shown))
                    position = rows[-1].end
                sheets.append(Sheet(sheet.title, tuple(rows), start, position))
    except (
        InvalidFileException, zipfile.BadZipFile, zlib.error, LookupError, AttributeError, ValueError, TypeError,
        OSError, EOFError, SyntaxError, RuntimeError,
    ) as error:  # fmt: skip
        # A damaged sheet raises one of these, for a missing part, a bad number or XML that ends too soon.
        raise UnreadableDocument(
            f"{name} is a damaged Excel workbook ({in_one_line(error)}); save it again as .xlsx"
        ) from error
    return "".join(f"{line}\n" for line in lines), sheets


def _row(shown: Sequence[str], columns: Mapping[int, int], position: int, number: int) -> Row:
    """A row of the text; `columns` says which cell is that of a column to its right too."""
    cells: list[Cell] = []
    at = position
    for text in shown:
        cells.append(Cell(at, at + len(text)))
        at += len(text) + 1
    for column, first in columns.items():
        cells[column] = cells[first]
    return Row(tuple(cells), position, at, number)


def _shown(cell: "SheetCell | MergedCell | ReadOnlyCell | EmptyCell") -> str:
    """A cell as a person sees it: 99213 without its decimals, 00100 with the zeros of its format."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and _ZEROS.fullmatch(str(cell.number_format or "")):
        return str(value).zfill(len(str(cell.number_format)))
    return str(value)
