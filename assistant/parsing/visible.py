"""Finds what a reader sees of an HTML page, block by block, without hidden and navigational parts."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PageElement, PreformattedString

from assistant.parsing.raised import raised
from assistant.parsing.sections import Heading

_SKIP = {"script", "style", "noscript", "template", "head", "nav", "svg", "form", "button", "select", "iframe",
         "textarea", "dialog", "datalist", "object", "canvas", "audio", "video"}  # fmt: skip
_BLOCK = {
    *(
        "address article aside blockquote dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li"
    ).split(),
    *("main ol p pre section summary table tbody thead tfoot tr ul body caption").split(),
}
_HEADING = re.compile(r"h[1-6]")
_ARTICLE = {"main", "article"}
_MENU_BLOCK = {"aside", "div", "footer", "header", "ol", "p", "section", "table", "td", "ul"}
_CELL = {"td", "th"}
_LONGEST_CARRIED = 200  # a longer cell that spans rows is a text, and is not said again
# No row has more columns: cells that span both ways would otherwise fill the memory.
_MOST_COLUMNS = 1_000
_MOST_SPANNED = {"rowspan": 1_000, "colspan": 100}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A row of a table without tables in it: which table, [start, end) in the text, and where its cells stand."""

    table: int
    start: int
    end: int
    cells: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Span:
    """A cell that goes on in the rows below: its words, in how many rows, and over how many columns."""

    text: str
    rows: int
    width: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The visible text of a page, where its headings and table rows stand in it, and the title of its window."""

    text: str
    headings: list[Heading]
    rows: list[SeenRow]
    window_title: str


def read_visible(page: str) -> Seen:
    """What a reader sees of an HTML page; the text is empty if that is nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)  # a book's chapters are XHTML, and read well so
        soup = BeautifulSoup(page, "lxml")
    root = _content(soup)
    # A page of nothing but links is a list in its own right, not a menu.
    reader = _Reader(_menus(root))
    reader.read(root)
    if not reader.text().strip():
        reader = _Reader(frozenset())
        reader.read(soup.body or soup)
    title = " ".join(soup.title.get_text(" ").split()) if soup.title else ""
    return Seen(reader.text(), reader.headings, reader.rows, title)


def _content(soup: BeautifulSoup) -> Tag:
    """The part that the page marks as its main one, if that holds the page's title; else the whole page."""
    body = soup.body or soup
    main = body.find(lambda tag: tag.name == "main" or tag.get("role") == "main")
    if main and (main.find("h1") or (not body.find("h1") and main.find(_HEADING))):
        return main
    return body


def _menus(root: Tag) -> frozenset[int]:
    """The blocks (by `id`) of three links or more in which next to nothing but links is written."""
    # [characters, characters in links, links, headings] of each open tag; an explicit stack, for pages nest deeply.
    menus: set[int] = set()
    stack: list[tuple[Tag, Iterator[PageElement], list[int], bool]] = [(root, iter(root.children), [0, 0, 0, 0], False)]
    while stack:
        tag, children, counts, linked = stack[-1]
        child = next(children, None)
        if isinstance(child, Tag):
            link = child.name == "a" and child.has_attr("href")
            heading = _HEADING.fullmatch(child.name) is not None
            stack.append((child, iter(child.children), [0, 0, int(link), int(heading)], linked or link))
        elif isinstance(child, NavigableString):
            length = len("".join(str(child).split())) if _is_content(child) else 0
            counts[0] += length
            counts[1] += length * linked
        else:
            stack.pop()
            characters, in_links, links, headings = counts
            if tag.name in _MENU_BLOCK and links >= 3 and not headings and in_links >= 0.9 * characters:
                menus.add(id(tag))
            if stack:
                above = stack[-1][2]
                above[:] = [a + b for a, b in zip(above, counts, strict=True)]
    return frozenset(menus)


class _Reader:
    """Collects the visible text and where the headings stand in it."""

    def __init__(self, menus: frozenset[int]) -> None:
        self._menus = menus
        self._parts: list[str] = []
        self._length = 0
        self._preformatted = 0
        self._articles = 0
        self._tables = 0
        self._open_rows: list[list[tuple[int, int]] | None] = []
        self._spans: list[dict[int, _Span]] = []
        self._raised = 0
        self.headings: list[Heading] = []
        self.rows: list[SeenRow] = []

    def text(self) -> str:
        return "".join(self._parts)

    def read(self, tag: Tag) -> None:
        # An explicit stack: a page may nest deeper than Python recurses.
        stack: list[tuple[Tag | NavigableString, bool, tuple[int, int]]] = [(tag, False, (0, 0))]
        while stack:
            node, leaving, start = stack.pop()
            if isinstance(node, Tag):
                if leaving:
                    self._leave(node, start)
                elif not self._left_out(node):
                    if node.name in _BLOCK:
                        self._line_break()
                    self._open(node.name)
                    self._preformatted += node.name == "pre"
                    self._articles += node.name in _ARTICLE
                    stack.append((node, True, (self._length, len(self._parts))))
                    if node.name == "br":
                        self._line_break()
                    stack.extend(
                        (child, False, (0, 0)) for child in reversed(list(node.children)) if _is_content(child)
                    )
            else:
                self._write(str(node))

    def _open(self, name: str) -> None:
        if name == "tr":
            self._open_rows.append([])
        elif name in _CELL:
            self._carry_on()
        elif name == "sup":
            self._raised += 1
        elif name == "table":
            self._tables += 1
            self._spans.append({})
            if self._open_rows:
                self._open_rows[-1] = None  # a row with a table in it is a frame

    def _close(self, node: Tag, start: int, first_part: int) -> None:
        if node.name in _CELL and self._open_rows:
            row = self._open_rows[-1]
            if row is not None:
                width = min(_spanned(node, "colspan"), max(_MOST_COLUMNS - len(row), 0))
                height = _spanned(node, "rowspan") if width else 1
                words = " ".join("".join(self._parts[first_part:]).split())
                if height > 1 and self._spans and len(words) <= _LONGEST_CARRIED:
                    self._spans[-1][len(row)] = _Span(words, height - 1, width)
                row += [(start, self._length)] * width
        elif node.name == "tr" and self._open_rows:
            row = self._open_rows.pop()
            if row is not None and len(set(row)) > 1:
                self.rows.append(SeenRow(self._tables, start, self._length, tuple(row)))
        elif node.name == "table" and self._spans:
            self._spans.pop()
        elif node.name == "sup":
            self._raised -= 1

    def _carry_on(self) -> None:
        """Writes the cells of rows above that span this row too, as far as they come next."""
        row = self._open_rows[-1] if self._open_rows else None
        spans = self._spans[-1] if self._spans else {}
        while row is not None and (span := spans.pop(len(row), None)):
            start, column = self._length, len(row)
            self._append(span.text)
            row += [(start, self._length)] * span.width
            self._append(" | ")
            if span.rows > 1:
                spans[column] = _Span(span.text, span.rows - 1, span.width)

    def _leave(self, node: Tag, entered: tuple[int, int]) -> None:
        start, first_part = entered
        self._preformatted -= node.name == "pre"
        self._articles -= node.name in _ARTICLE
        if _HEADING.fullmatch(node.name):
            title = " ".join("".join(self._parts[first_part:]).split())
            self._line_break()
            # A heading that was never closed holds the headings after it; it is not a heading itself.
            if title and not (self.headings and self.headings[-1].start >= start):
                self.headings.append(Heading(title, start, self._length, int(node.name[1])))
        elif node.name in _CELL:
            self._close(node, start, first_part)
            self._write(" | ")
        elif node.name == "sup":
            self._close(node, start, first_part)
        elif node.name in _BLOCK:
            if node.name == "tr":
                self._carry_on()
            if node.name == "tr" and self._parts and self._parts[-1].strip() == "|":
                self._length -= len(self._parts.pop())
            self._close(node, start, first_part)
            self._line_break()
            if node.name in {"p", "table", "ul", "ol", "section", "article"} and not self._ends("\n\n"):
                self._append("\n")

    def _left_out(self, node: Tag) -> bool:
        style = str(node.get("style") or "")
        hidden = node.has_attr("hidden") or node.get("aria-hidden") == "true" or _HIDDEN.search(style)
        aside = node.name in {"aside", "footer"} and not self._articles
        menu = node.name in _SKIP or node.get("role") == "navigation" or id(node) in self._menus
        return menu or aside or bool(hidden)

    def _write(self, text: str) -> None:
        if self._preformatted:
            self._append(text)
            return
        squeezed = re.sub(r"\s+", " ", text)
        if self._raised:
            squeezed = raised(squeezed, "".join(self._parts[-3:]))
        if not self._parts or self._ends((" ", "\n")):
            squeezed = squeezed.lstrip()
        if squeezed:
            self._append(squeezed)

    def _line_break(self) -> None:
        if self._parts and not self._ends("\n"):
            self._append("\n")

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _ends(self, suffix: str | tuple[str, ...]) -> bool:
        return bool(self._parts) and "".join(self._parts[-2:]).endswith(suffix)


def _spanned(cell: Tag, what: str) -> int:
    """How many rows or columns a cell spans; 0 stands for all rows that are left."""
    value = str(cell.get(what) or "1").strip()
    count = int(value) if value.isdecimal() and len(value) < 6 else 1
    return min(count or _MOST_SPANNED[what], _MOST_SPANNED[what])


def _is_content(child: object) -> TypeGuard[Tag | NavigableString]:
    return isinstance(child, Tag | NavigableString) and not isinstance(child, PreformattedString)
