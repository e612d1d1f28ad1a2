"""Reads an OpenDocument text (.odt): headings, paragraphs, lists and notes in order, and tables row by row."""

from collections.abc import Iterator, Sequence

from lxml import etree

from assistant.errors import UnreadableDocument
from assistant.parsing.composing import Kind, Piece, compose
from assistant.parsing.opendocument import (
    PARAGRAPHS,
    SKIPPED,
    TABLE,
    TEXT,
    paragraphs_of,
    read_body,
    repeated,
    words_of,
)
from assistant.parsing.sections import is_known
from assistant.types import Document
from assistant.types.codes import CodeSystem

_CELLS = {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}
_CONTENTS = {f"{TEXT}table-of-content", f"{TEXT}illustration-index", f"{TEXT}table-index"}
_MOST_CELLS = 1_000
_MOST_ROWS = 10_000


def parse_odt(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem], *, most_bytes: int) -> Document:
    """A document from a text. Raises UnreadableDocument where it is locked, damaged, empty or too large unpacked."""
    pieces = list(_pieces(read_body(source, name, "text", most_bytes)))
    if not pieces:
        raise UnreadableDocument(f"{name} is a document without any text; there is nothing to index")
    return compose(pieces, name, stem, systems)


def _pieces(body: etree._Element) -> Iterator[Piece]:
    tables = 0
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        if not isinstance(node.tag, str) or node.tag in SKIPPED:
            continue
        if node.tag in _CONTENTS:
            for text in paragraphs_of(node):
                yield Piece(text, Kind.ASIDE, end="\n")
        elif node.tag == f"{TABLE}table":
            tables += 1
            yield from _table(node, tables)
        elif node.tag in PARAGRAPHS:
            text = words_of(node)
            level = _level(node, text)
            if text:
                yield Piece(text, Kind.HEADING if level else Kind.PROSE, level)
            # A frame or a note stands inside a paragraph, as paragraphs of its own.
            stack += reversed([child for child in node.iterdescendants(*PARAGRAPHS) if _holder(child) is node])
        else:
            stack += reversed(node)


def _holder(paragraph: etree._Element) -> etree._Element | None:
    """The nearest paragraph around a paragraph; None if there is none, or if it is not part of the text."""
    for above in paragraph.iterancestors():
        if above.tag in SKIPPED:
            return None
        if above.tag in PARAGRAPHS:
            return above
    return None


def _table(table: etree._Element, number: int) -> Iterator[Piece]:
    rows = list(_rows(table))
    if max((len(row) for row in rows), default=0) < 2:
        # A frame around text is not a table.
        for cell in (cell for row in rows for cell in row if cell):
            yield Piece(cell)
        return
    for row in rows:
        text = "\t".join(row).rstrip("\t")
        if text.strip():
            yield Piece(text, Kind.ROW, table=number, end="\n")


def _rows(table: etree._Element) -> Iterator[list[str]]:
    """The words of the cells of each row; a merged cell counts for each row that it spans."""
    spanning: dict[int, tuple[int, str]] = {}
    at = 0
    for row in table.iter(f"{TABLE}table-row"):
        if next(row.iterancestors(f"{TABLE}table")) is not table:
            continue
        at += 1
        cells: list[str] = []
        for cell in row.iterchildren(*_CELLS):
            text = " ".join(paragraphs_of(cell))
            times = repeated(cell, f"{TABLE}number-columns-repeated", _MOST_CELLS)
            last, above = spanning.get(len(cells), (0, ""))
            if not text and at <= last:
                text = above
            span = repeated(cell, f"{TABLE}number-rows-spanned", _MOST_ROWS)
            if span > 1:
                spanning[len(cells)] = (at + span - 1, text)
            cells += [text] * times
        yield cells


def _level(paragraph: etree._Element, text: str) -> int:
    """The level of a heading, from 1; 0 for running text."""
    if paragraph.get(f"{TEXT}style-name", "") == "Title":
        return 1
    if paragraph.tag == f"{TEXT}h":
        return 1 + repeated(paragraph, f"{TEXT}outline-level", 9)
    return 3 if len(text) <= 60 and is_known(text) else 0
