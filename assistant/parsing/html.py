"""Reads HTML. The stored text is what a reader sees; each row of a table of codes is a passage of its own."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

from assistant.errors import UnreadableDocument
from assistant.parsing.columns import Cell, Row
from assistant.parsing.composing import Kind, Piece, compose, has_codes
from assistant.parsing.prose import prose_document
from assistant.parsing.sections import labels
from assistant.parsing.subject import find_subject
from assistant.parsing.visible import Seen, SeenRow, read_visible
from assistant.types import Document
from assistant.types.codes import CodeSystem


def parse_html(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from HTML. Raises UnreadableDocument where no text is visible."""
    page = read_visible(text)
    seen, headings = page.text, page.headings
    if not seen.strip():
        raise UnreadableDocument(f"{name} shows no text to a reader; save the page after it has loaded")
    coded = _coded_rows(page, systems)
    if coded:
        return compose(_pieces(page, coded), name, stem, systems, window_title=page.window_title)
    first = next((heading for heading in headings if heading.level == 1), None)
    subject = find_subject(seen, name, systems, title=first.title if first else "", window_title=page.window_title)
    if len(headings) <= 1:
        headings += labels(seen, max([0, *(heading.end for heading in headings)]))
    return prose_document(seen, stem, subject, headings)


def html_pieces(page: Seen, systems: Sequence[CodeSystem]) -> list[Piece]:
    """What a page shows in pieces, for a document that it is only a part of."""
    return _pieces(page, _coded_rows(page, systems))


def _coded_rows(page: Seen, systems: Sequence[CodeSystem]) -> list[SeenRow]:
    """The rows of all tables that have a column of codes."""
    coded: list[SeenRow] = []
    for _, group in itertools.groupby(page.rows, key=lambda row: row.table):
        seen = list(group)
        rows = [
            Row(tuple(Cell(*cell) for cell in row.cells), row.start, row.end, number)
            for number, row in enumerate(seen, start=1)
        ]
        if has_codes(page.text, rows, systems):
            coded += seen
    return coded


def _pieces(page: Seen, rows: Sequence[SeenRow]) -> list[Piece]:
    """The text in pieces: headings, rows, and what stands between them; together they are the text."""
    text = page.text
    marks: list[tuple[int, int, Piece]] = []
    for heading in page.headings:
        marks.append((heading.start, heading.end, Piece(heading.title, Kind.HEADING, heading.level)))
    for row in rows:
        cells = tuple((first - row.start, last - row.start) for first, last in row.cells)
        marks.append((row.start, row.end, Piece("", Kind.ROW, table=row.table, cells=cells)))
    pieces: list[Piece] = []
    position = 0
    for start, end, piece in sorted(marks, key=lambda mark: mark[:2]):
        if start < position:
            continue  # a heading in a row of the table
        _add(pieces, text[position:start], Piece(""))
        _add(pieces, text[start:end], piece)
        position = end
    _add(pieces, text[position:], Piece(""))
    return pieces


def _add(pieces: list[Piece], text: str, piece: Piece) -> None:
    """Adds a piece of this text; blanks at its end, and before the next one, are what stands between."""
    kept = text.rstrip()
    lead = len(kept) - len(kept.lstrip()) if not piece.cells else 0
    if pieces and (lead or not kept):
        pieces[-1] = replace(pieces[-1], end=pieces[-1].end + (text if not kept else text[:lead]))
        text, kept = text[lead:], kept[lead:]
    if kept:
        pieces.append(replace(piece, text=kept, end=text[len(kept) :]))
