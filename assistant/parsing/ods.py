"""Reads an OpenDocument spreadsheet (.ods): each cell as it is shown, so that 00100 keeps its zeros."""

from collections.abc import Iterator, Sequence

from lxml import etree

from assistant.errors import UnreadableDocument
from assistant.parsing.decoding import printable
from assistant.parsing.opendocument import OFFICE, TABLE, paragraphs_of, read_body, repeated
from assistant.parsing.sheets import MOST_EMPTY_ROWS, SheetsText, sheets_document
from assistant.types import Document
from assistant.types.codes import CodeSystem

_CELLS = {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}
_MOST_COLUMNS = 16_384
_MOST_REPEATED = 256  # times that a row says the same words side by side
_MOST_ROWS = 1_048_576


def parse_ods(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem], *, most_bytes: int) -> Document:
    """A document from a spreadsheet. Raises UnreadableDocument where it is locked or damaged, or holds no codes."""
    found = SheetsText(name)
    for sheet in read_body(source, name, "spreadsheet", most_bytes).iterchildren(f"{TABLE}table"):
        _read_sheet(sheet, found)
        found.end_sheet(printable(sheet.get(f"{TABLE}name", "")))
    if not found.sheets:
        raise UnreadableDocument(f"{name} is a spreadsheet without sheets; there is nothing to index")
    return sheets_document(found, name, stem, systems)


def _read_sheet(sheet: etree._Element, found: SheetsText) -> None:
    number = empty = 0
    # A merged cell counts for each row that it spans: column to (the last such row, the words).
    spanning: dict[int, tuple[int, str]] = {}
    for row in _rows(sheet):
        times = repeated(row, f"{TABLE}number-rows-repeated", _MOST_ROWS)
        cells = list(_cells(row))
        if not any(text for text, _ in cells):
            number += times
            empty += times
            if empty > MOST_EMPTY_ROWS:
                break
            continue
        empty = 0
        # A row that repeats says nothing new, so it is read once.
        shown = [text for text, _ in cells]
        for column, (last, text) in list(spanning.items()):
            if number + 1 > last:
                del spanning[column]
            else:
                shown += [""] * (column + 1 - len(shown))
                shown[column] = shown[column] or text
        for column, (text, span) in enumerate(cells):
            if span > 1 and text:
                spanning[column] = (number + span, text)
        found.row(shown, number + 1)
        number += times


def _rows(sheet: etree._Element) -> Iterator[etree._Element]:
    """The rows in order, also those in groups and headers; not those of a table inside a cell."""
    stack = list(reversed(sheet))
    while stack:
        child = stack.pop()
        if child.tag == f"{TABLE}table-row":
            yield child
        elif isinstance(child.tag, str) and child.tag.startswith(f"{TABLE}table-") and child.tag not in _CELLS:
            stack += reversed(child)


def _cells(row: etree._Element) -> Iterator[tuple[str, int]]:
    """(words, rows that it spans) of each cell up to the last that says something."""
    empty: list[tuple[str, int]] = []
    room = _MOST_COLUMNS
    for cell in row.iterchildren(*_CELLS):
        shown = _shown(cell)
        times = repeated(cell, f"{TABLE}number-columns-repeated", room)
        span = repeated(cell, f"{TABLE}number-rows-spanned", _MOST_ROWS)
        room -= times
        if shown:
            yield from empty
            empty = []
            yield from [(shown, span)] * min(times, _MOST_REPEATED)
        else:
            empty += [("", 1)] * times
        if room < 1:
            return


def _shown(cell: etree._Element) -> str:
    """The words of a cell as a person sees them; its value where the file keeps nothing else."""
    words = " ".join(paragraphs_of(cell))
    if words:
        return words
    for kept in ("string-value", "date-value", "time-value", "boolean-value", "value"):
        if value := cell.get(f"{OFFICE}{kept}"):
            return " ".join(printable(value).split())
    return ""
