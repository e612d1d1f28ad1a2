"""HTML: the stored text is what a reader sees, block by block; hidden and navigational parts are left out."""

import re
from collections.abc import Sequence
from typing import TypeGuard

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PreformattedString

from assistant.codes import CodeSystem
from assistant.errors import UnreadableDocument
from assistant.parsing.prose import prose_document
from assistant.parsing.sections import Heading, labels
from assistant.parsing.subject import find_subject
from assistant.types import Document

_SKIP = {"script", "style", "noscript", "template", "head", "nav", "svg", "form", "button", "select", "iframe"}
_BLOCK = {
    *(
        "address article aside blockquote dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li"
    ).split(),
    *("main ol p pre section summary table tbody thead tfoot tr ul body caption").split(),
}
_CELL = {"td", "th"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def parse_html(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from HTML. Raises UnreadableDocument where no text is visible."""
    soup = BeautifulSoup(text, "lxml")
    reader = _Reader()
    reader.read(soup.body or soup)
    seen, headings = reader.text(), reader.headings
    if not seen.strip():
        raise UnreadableDocument(f"{name} shows no text to a reader; save the page after it has loaded")
    page_title = soup.title.get_text(" ", strip=True) if soup.title else ""
    first = next((heading for heading in headings if heading.level == 1), None)
    title = first.title if first else page_title
    subject = find_subject(seen, name, systems, title=title)
    if len(headings) <= 1:
        headings += [Heading(x.title, x.start, x.end, 2) for x in labels(seen, max([0, *(h.end for h in headings)]))]
    return prose_document(seen, stem, subject, headings)


class _Reader:
    """Collects the visible text and where the headings stand in it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.headings: list[Heading] = []

    def text(self) -> str:
        return "".join(self._parts)

    def read(self, tag: Tag) -> None:
        # An explicit stack: a page may nest deeper than Python recurses.
        stack: list[tuple[Tag | NavigableString, bool, int]] = [(tag, False, 0)]
        while stack:
            node, leaving, start = stack.pop()
            if isinstance(node, Tag):
                if leaving:
                    self._leave(node, start)
                elif not self._left_out(node):
                    if node.name in _BLOCK:
                        self._line_break()
                    stack.append((node, True, self._length))
                    if node.name == "br":
                        self._line_break()
                    stack.extend((child, False, 0) for child in reversed(list(node.children)) if _is_content(child))
            else:
                self._write(str(node))

    def _leave(self, node: Tag, start: int) -> None:
        if re.fullmatch(r"h[1-6]", node.name or ""):
            title = node.get_text(" ", strip=True)
            self._line_break()
            if title:
                self.headings.append(Heading(title, start, self._length, int(node.name[1])))
        elif node.name in _CELL:
            self._write(" | ")
        elif node.name in _BLOCK:
            self._line_break()
            if node.name in {"p", "table", "ul", "ol", "section", "article"} and not self._ends("\n\n"):
                self._append("\n")

    def _left_out(self, node: Tag) -> bool:
        style = str(node.get("style") or "")
        hidden = node.has_attr("hidden") or node.get("aria-hidden") == "true" or _HIDDEN.search(style)
        return node.name in _SKIP or bool(hidden) or node.get("role") == "navigation"

    def _write(self, text: str) -> None:
        squeezed = re.sub(r"\s+", " ", text)
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


def _is_content(child: object) -> TypeGuard[Tag | NavigableString]:
    return isinstance(child, Tag | NavigableString) and not isinstance(child, PreformattedString)
