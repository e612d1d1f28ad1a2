"""Reads a Word document: paragraphs with their heading styles, and tables row by row.

It reads the XML itself, because python-docx skips tracked insertions, content controls, text boxes and notes. Tracked
deletions, field codes and hidden text are left out; headers and footers are stored, but not searched.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from assistant.errors import UnreadableDocument
from assistant.parsing.composing import Kind, Piece, compose
from assistant.parsing.package import check_package, macro_warnings, package_parts, parse_part
from assistant.parsing.raised import raised
from assistant.parsing.sections import is_known
from assistant.types import Document
from assistant.types.codes import CodeSystem

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY = "word/document.xml"
_SKIPPED = {f"{_W}{tag}" for tag in ("del", "moveFrom", "instrText", "delText", "rPrChange", "pPrChange")}
# A drawing may come with its older form; only the first of the two is read.
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_RUNNING = re.compile(r"word/(?:header|footer)\d*\.xml")
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_HEADING_STYLE = re.compile(r"(?:heading|überschrift|titre|título)\s*([1-9])", re.IGNORECASE)
_TITLE_STYLES = {"title", "titel", "titre", "título"}
_DEEPEST_STYLE = 10
_WIDEST = 100  # Word has no wider tables


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    parent: str
    outline: int | None


def looks_like_docx(parts: frozenset[str]) -> bool:
    """Whether the parts of a package are those of a Word document."""
    return _BODY in parts


def parse_docx(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem], *, most_bytes: int) -> Document:
    """A document from a Word file. Raises UnreadableDocument for one that is damaged, empty or too large unpacked."""
    check_package(source, name, most_bytes)
    parts = package_parts(source)
    body = parse_part(source, name, _BODY).find(f"{_W}body")
    styles = _styles(parse_part(source, name, "word/styles.xml")) if "word/styles.xml" in parts else {}
    pieces = list(_Reader(styles).pieces(body)) if body is not None else []
    for part in _NOTES:
        if part in parts:
            pieces += [Piece(text) for text in _paragraphs(parse_part(source, name, part))]
    if not pieces:
        raise UnreadableDocument(f"{name} is a Word document without any text; there is nothing to index")
    running = [text for part in sorted(parts) if _RUNNING.fullmatch(part)
               for text in _paragraphs(parse_part(source, name, part))]  # fmt: skip
    pieces += [Piece(text, Kind.ASIDE, end="\n") for text in dict.fromkeys(running)]
    return compose(pieces, name, stem, systems, warnings=macro_warnings(name, parts))


class _Reader:
    """Walks the body in its order."""

    def __init__(self, styles: dict[str, _Style]) -> None:
        self._styles = styles
        self._tables = 0

    def pieces(self, body: etree._Element) -> Iterator[Piece]:
        for block in _blocks(body):
            if block.tag == f"{_W}tbl":
                yield from self._table(block)
            else:
                # A text box stands inside a paragraph, as paragraphs of its own.
                for text in _split_boxes(block):
                    level = self._level(block, text)
                    yield Piece(text, Kind.HEADING if level else Kind.PROSE, level)

    def _table(self, table: etree._Element) -> Iterator[Piece]:
        self._tables += 1
        number = self._tables
        rows = list(_spread([_cells(row) for row in _within(table, "tr")]))
        if max((len(row) for row in rows), default=0) < 2:
            # A frame around text is not a table.
            for cell in (cell for row in rows for cell, _ in row if cell):
                yield Piece(cell)
            return
        for row in rows:
            text = "\t".join(cell for cell, _ in row).rstrip("\t")
            if text.strip():
                yield Piece(text, Kind.ROW, table=number, cells=tuple(_places(row)), end="\n")

    def _level(self, paragraph: etree._Element, text: str) -> int:
        """The level of a heading, from 1; 0 for running text."""
        properties = paragraph.find(f"{_W}pPr")
        outline, style = None, ""
        if properties is not None:
            outline = _number(properties.find(f"{_W}outlineLvl"))
            named = properties.find(f"{_W}pStyle")
            style = named.get(f"{_W}val", "") if named is not None else ""
        for _ in range(_DEEPEST_STYLE):
            known = self._styles.get(style)
            plain = known.name if known else style
            if plain.lower() in _TITLE_STYLES:
                return 1
            match = _HEADING_STYLE.fullmatch(plain)
            if match:
                return 1 + int(match[1])
            if known is None:
                break
            outline = known.outline if outline is None else outline
            style = known.parent
        if outline is not None and outline < 9:
            return 2 + outline
        return 3 if len(text) <= 60 and is_known(text) else 0


def _styles(root: etree._Element) -> dict[str, _Style]:
    found = {}
    for style in root.iter(f"{_W}style"):
        name, parent = style.find(f"{_W}name"), style.find(f"{_W}basedOn")
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        found[style.get(f"{_W}styleId", "")] = _Style(
            name.get(f"{_W}val", "") if name is not None else "",
            parent.get(f"{_W}val", "") if parent is not None else "",
            _number(outline),
        )
    return found


def _number(element: etree._Element | None) -> int | None:
    value = element.get(f"{_W}val", "") if element is not None else ""
    return int(value) if value.isdecimal() and len(value) < 4 else None


def _blocks(element: etree._Element) -> Iterator[etree._Element]:
    """The paragraphs and tables of a part of the body, also those inside content controls and tracked changes."""
    stack = list(reversed(element))
    while stack:
        child = stack.pop()
        if child.tag in {f"{_W}p", f"{_W}tbl"}:
            yield child
        elif child.tag not in _SKIPPED:
            stack += reversed(child)


def _within(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The nearest descendants with a tag, without those inside a nested table."""
    stack = list(reversed(element))
    while stack:
        child = stack.pop()
        if child.tag == f"{_W}{tag}":
            yield child
        elif child.tag not in {f"{_W}tbl", f"{_W}p", *_SKIPPED}:
            stack += reversed(child)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell: its words, how many columns it spans, and whether it goes on a cell above."""

    text: str
    width: int
    goes_on: bool


def _cells(row: etree._Element) -> list[_Cell]:
    before = row.find(f"{_W}trPr/{_W}gridBefore")
    cells = [_Cell("", _number(before) or 1, False)] if before is not None else []
    for cell in _within(row, "tc"):
        merged = cell.find(f"{_W}tcPr/{_W}vMerge")
        width = _number(cell.find(f"{_W}tcPr/{_W}gridSpan")) or 1
        goes_on = merged is not None and merged.get(f"{_W}val", "continue") == "continue"
        cells.append(_Cell(_cell(cell), min(width, _WIDEST), goes_on))
    return cells


def _spread(rows: Sequence[Sequence[_Cell]]) -> Iterator[list[tuple[str, int]]]:
    """The (words, columns) of each row's cells; a cell that spans rows stands in each that has words of its own."""
    above: dict[int, str] = {}
    for row in rows:
        filled = any(cell.text and not cell.goes_on for cell in row)
        spread, column = [], 0
        for cell in row:
            text = above.get(column, "") if cell.goes_on and not cell.text else cell.text
            above[column] = text
            spread.append((text if filled else cell.text, cell.width))
            column += cell.width
        yield spread


def _places(row: Sequence[tuple[str, int]]) -> Iterator[tuple[int, int]]:
    """Where the cells stand in the row's text; one that spans columns is the cell of each of them."""
    position = 0
    length = len("\t".join(cell for cell, _ in row).rstrip("\t"))
    for text, width in row:
        place = (min(position, length), min(position + len(text), length))
        yield from [place] * width
        position += len(text) + 1


def _cell(cell: etree._Element) -> str:
    return " ".join(" ".join(_paragraphs(cell)).split())


def _paragraphs(element: etree._Element) -> list[str]:
    """The texts of all paragraphs below an element."""
    return [text for paragraph in element.iter(f"{_W}p") for text in _split_boxes(paragraph, own=True)]


def _split_boxes(paragraph: etree._Element, *, own: bool = False) -> list[str]:
    """The words of a paragraph, and after them those of its text boxes (unless only its own are wanted)."""
    texts: list[list[str]] = [[]]
    boxes: list[etree._Element] = []
    stack = list(reversed(paragraph))
    while stack:
        child = stack.pop()
        if child.tag == f"{_W}p":
            boxes.append(child)
        elif child.tag in _SKIPPED or child.tag == _FALLBACK or _is_hidden(child):
            continue
        elif child.tag == f"{_W}t":
            shown = child.text or ""
            texts[0].append(raised(shown, "".join(texts[0][-3:])) if _is_raised(child) else shown)
        elif child.tag in {f"{_W}tab", f"{_W}br", f"{_W}cr"}:
            texts[0].append(" ")
        elif child.tag == f"{_W}noBreakHyphen":
            texts[0].append("-")
        elif isinstance(child.tag, str):
            stack += reversed(child)
    said = [" ".join("".join(words).split()) for words in texts]
    if not own:
        for box in boxes:
            said += _split_boxes(box, own=True)
    return [text for text in said if text]


def _is_raised(words: etree._Element) -> bool:
    run = words.getparent()
    place = run.find(f"{_W}rPr/{_W}vertAlign") if run is not None else None
    return place is not None and place.get(f"{_W}val") == "superscript"


def _is_hidden(element: etree._Element) -> bool:
    if element.tag != f"{_W}r":
        return False
    hidden = element.find(f"{_W}rPr/{_W}vanish")
    return hidden is not None and hidden.get(f"{_W}val", "true") not in {"0", "false"}
