"""Reads a presentation (.pptx): the title, the words, the tables and the speaker's notes of each slide, in order.

A citation's location is the slide. It reads the XML itself, as the reader of Word documents does.
"""

import posixpath
from collections.abc import Iterator, Sequence

from lxml import etree

from assistant.errors import UnreadableDocument
from assistant.parsing.composing import Kind, Piece, compose
from assistant.parsing.decoding import printable
from assistant.parsing.package import check_package, macro_warnings, package_parts, parse_part
from assistant.types import Document
from assistant.types.codes import CodeSystem

_LISTING = "ppt/presentation.xml"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TARGET = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TITLES = {"title", "ctrTitle"}
_RUNNING = {"dt", "ftr", "sldNum", "hdr"}
_UNHEADED = "Slide"


def looks_like_pptx(parts: frozenset[str]) -> bool:
    """Whether the parts of a package are those of a presentation."""
    return _LISTING in parts


def parse_pptx(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem], *, most_bytes: int) -> Document:
    """A document from a presentation. Raises UnreadableDocument where it is damaged, empty or too large unpacked."""
    check_package(source, name, most_bytes)
    parts = package_parts(source)
    pieces: list[Piece] = []
    tables = 0
    for number, part in enumerate(_slides(source, name, parts), start=1):
        slide = parse_part(source, name, part)
        if slide.get("show") in {"0", "false"}:
            continue
        read = _Slide(number, tables)
        pieces += read.pieces(slide)
        tables = read.tables
        for notes in _linked(source, name, parts, part, "/notesSlide"):
            pieces += read.notes(parse_part(source, name, notes))
    if not any(piece.kind != Kind.HEADING for piece in pieces):
        raise UnreadableDocument(f"{name} is a presentation without any text; there is nothing to index")
    return compose(pieces, name, stem, systems, warnings=macro_warnings(name, parts))


def _slides(source: bytes, name: str, parts: frozenset[str]) -> Iterator[str]:
    """The parts of the slides in the order in which they are shown."""
    targets = _targets(source, name, parts, _LISTING)
    for one in parse_part(source, name, _LISTING).iter(f"{_P}sldId"):
        _, part = targets.get(one.get(_LINK, ""), ("", ""))
        if part in parts:
            yield part


def _linked(source: bytes, name: str, parts: frozenset[str], part: str, kind: str) -> list[str]:
    found = _targets(source, name, parts, part).values()
    return [target for of_kind, target in found if of_kind.endswith(kind) and target in parts]


def _targets(source: bytes, name: str, parts: frozenset[str], part: str) -> dict[str, tuple[str, str]]:
    """(kind, part) of what a part links to inside the package, by the name of the link."""
    folder, file = posixpath.split(part)
    links = f"{folder}/_rels/{file}.rels"
    if links not in parts:
        return {}
    return {
        link.get("Id", ""): (
            link.get("Type", ""),
            posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/"),
        )
        for link in parse_part(source, name, links).iter(_TARGET)
        if link.get("TargetMode") != "External"
    }


class _Slide:
    """Reads the parts of one slide."""

    def __init__(self, number: int, tables: int) -> None:
        self._place = f"slide {number}"
        self.tables = tables

    def pieces(self, slide: etree._Element) -> Iterator[Piece]:
        shapes = list(_shapes(slide))
        titles = [text for shape in shapes if _holds(shape) in _TITLES for text in _paragraphs(shape)]
        # A slide is read title first, wherever the title stands.
        yield Piece(" ".join(titles) or f"{_UNHEADED} {self._place.split()[1]}", Kind.HEADING, 2, location=self._place)
        for shape in shapes:
            held = _holds(shape)
            if held in _TITLES:
                continue
            if shape.tag == f"{_A}tbl":
                yield from self._table(shape)
            else:
                kind, end = (Kind.ASIDE, "\n") if held in _RUNNING else (Kind.PROSE, "\n\n")
                for text in _paragraphs(shape):
                    yield Piece(text, kind, location=self._place, end=end)

    def notes(self, notes: etree._Element) -> Iterator[Piece]:
        for shape in _shapes(notes):
            if _holds(shape) == "body":
                for text in _paragraphs(shape):
                    yield Piece(text, location=f"{self._place}, notes")

    def _table(self, table: etree._Element) -> Iterator[Piece]:
        self.tables += 1
        above: list[str] = []
        for row in table.iterchildren(f"{_A}tr"):
            cells = [_cell(cell, above[at] if at < len(above) else "") for at, cell in enumerate(row.iter(f"{_A}tc"))]
            above = cells
            text = "\t".join(cells).rstrip("\t")
            if text.strip():
                yield Piece(text, Kind.ROW, table=self.tables, location=self._place, end="\n")


def _cell(cell: etree._Element, above: str) -> str:
    """The words of a cell; a merged cell counts for each row that it spans."""
    if cell.get("vMerge") in {"1", "true"}:
        return above
    return " ".join(_paragraphs(cell))


def _shapes(slide: etree._Element) -> Iterator[etree._Element]:
    """The shapes with text and the tables of a slide in order, also those in groups."""
    stack = list(reversed(slide))
    while stack:
        child = stack.pop()
        if child.tag in {f"{_P}sp", f"{_A}tbl"}:
            yield child
        elif child.tag != _FALLBACK:
            stack += reversed(child)


def _holds(shape: etree._Element) -> str:
    """What a shape's place on the slide is for: title, body, footer; "" for a shape that was added freely."""
    place = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return place.get("type", "body") if place is not None else ""


def _paragraphs(shape: etree._Element) -> list[str]:
    said = []
    for paragraph in shape.iter(f"{_A}p"):
        words = [" " if part.tag != f"{_A}t" else part.text or "" for part in paragraph.iter(f"{_A}t", f"{_A}br")]
        if text := " ".join(printable("".join(words)).split()):
            said.append(text)
    return said
