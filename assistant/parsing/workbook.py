"""Reads an Excel workbook of codes (.xlsx, .xlsm)."""

import datetime
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.errors import UnreadableDocument, in_one_line
from assistant.parsing.merged_cells import Spread, merged_in
from assistant.parsing.sheets import MOST_EMPTY_ROWS, SheetsText, sheets_document
from assistant.types import Document
from assistant.types.codes import CodeSystem

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SheetCell
    from openpyxl.cell.cell import MergedCell
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

_ZEROS = re.compile(r"0{2,}")


def looks_like_workbook(parts: frozenset[str]) -> bool:
    """Whether the parts of a package are those of an Excel workbook."""
    return "xl/workbook.xml" in parts


def parse_workbook(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from a workbook; sheets without a column of codes are stored, but not searched.

    Raises UnreadableDocument where no sheet holds codes.
    """
    return sheets_document(_rendered(source, name), name, stem, systems)


def _rendered(source: bytes, name: str) -> SheetsText:
    # Imported here, because a query imports this module too and would pay for it.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    found = SheetsText(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of headers and styles that it leaves out
            book = load_workbook(io.BytesIO(source), read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                empty = 0
                spread = Spread(merged_in(source, sheet))
                for number, cells in enumerate(sheet.iter_rows(), start=1):
                    shown = [_shown(cell) for cell in cells]
                    empty = 0 if any(shown) else empty + 1
                    if empty > MOST_EMPTY_ROWS:
                        break
                    found.row(shown, number, spread.over(shown, number) if any(shown) else {})
                found.end_sheet(sheet.title)
    except (
        InvalidFileException, zipfile.BadZipFile, zlib.error, LookupError, AttributeError, ValueError, TypeError,
        OSError, EOFError, SyntaxError, RuntimeError,
    ) as error:  # fmt: skip
        # A damaged sheet raises one of these, for a missing part, a bad number or XML that ends too soon.
        raise UnreadableDocument(
            f"{name} is a damaged Excel workbook ({in_one_line(error)}); save it again as .xlsx"
        ) from error
    return found


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
