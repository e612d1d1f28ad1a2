"""Reads an Excel workbook of the format before 2007 (.xls)."""

import datetime
import io
import re
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.errors import UnreadableDocument, in_one_line
from assistant.parsing.decoding import printable
from assistant.parsing.sheets import SheetsText, sheets_document
from assistant.types import Document
from assistant.types.codes import CodeSystem

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Cell, Sheet

_ZEROS = re.compile(r"0{2,}")
_TEXT, _NUMBER, _DATE, _BOOLEAN = 1, 2, 3, 4


def looks_like_xls(streams: frozenset[str]) -> bool:
    """Whether the streams of a compound file are those of an Excel workbook."""
    return "Workbook" in streams or "Book" in streams


def parse_xls(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from a workbook. Raises UnreadableDocument where it is locked or damaged, or no sheet holds codes."""
    # Imported here, because a query imports this module too and would pay for it.
    import xlrd
    from xlrd.compdoc import CompDocError

    found = SheetsText(name)
    try:
        book = xlrd.open_workbook(
            file_contents=source, formatting_info=True, ragged_rows=True, logfile=io.StringIO(), on_demand=False
        )
        for sheet in book.sheets():
            _read_sheet(book, sheet, found)
            found.end_sheet(printable(sheet.name))
    except (
        xlrd.XLRDError, CompDocError, struct.error, LookupError, ValueError, TypeError, AttributeError, AssertionError,
        OverflowError, ArithmeticError, RecursionError, EOFError,
    ) as error:  # fmt: skip
        if "encrypted" in str(error).lower() or "password" in str(error).lower():
            raise UnreadableDocument(f"{name} is locked with a password; save it without one") from error
        raise UnreadableDocument(
            f"{name} is a damaged Excel workbook ({in_one_line(error)}); save it again as .xlsx"
        ) from error
    return sheets_document(found, name, stem, systems)


def _read_sheet(book: "Book", sheet: "Sheet", found: SheetsText) -> None:
    # A merged cell counts for each row that it spans.
    merged: dict[int, list[tuple[int, int]]] = {}
    for first, last, column, _ in sheet.merged_cells:
        if last - first > 1:
            merged.setdefault(first, []).append((column, last))
    spanning: dict[int, tuple[int, str]] = {}
    for number in range(sheet.nrows):
        shown = [_shown(book, cell) for cell in sheet.row(number)]
        for column, (last, text) in list(spanning.items()):
            if number >= last:
                del spanning[column]
            elif any(shown):
                shown += [""] * (column + 1 - len(shown))
                shown[column] = shown[column] or text
        for column, last in merged.get(number, ()):
            if column < len(shown) and shown[column]:
                spanning[column] = (last, shown[column])
        found.row(shown, number + 1)


def _shown(book: "Book", cell: "Cell") -> str:
    """A cell as a person sees it: 99213 without its decimals, 00100 with the zeros of its format."""
    from xlrd.xldate import XLDateError, xldate_as_datetime

    value = cell.value
    if cell.ctype == _TEXT:
        return " ".join(printable(str(value)).split())
    if cell.ctype == _BOOLEAN:
        return str(bool(value))
    if cell.ctype == _DATE:
        try:
            day = xldate_as_datetime(float(value), book.datemode)
        except (XLDateError, OverflowError, ValueError):
            return str(value)
        return str(day.date()) if day.time() == datetime.time() else str(day)
    if cell.ctype != _NUMBER:
        return ""
    number = float(value)
    if not number.is_integer() or abs(number) >= 1e15:
        return str(number)
    written = str(int(number))
    style = book.format_map.get(book.xf_list[cell.xf_index].format_key) if cell.xf_index is not None else None
    form = str(style.format_str) if style is not None else ""
    return written.zfill(len(form)) if _ZEROS.fullmatch(form) else written
