"""Reads XML into a small tree whose nodes know their line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from assistant.errors import UnreadableDocument

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")


@dataclass(slots=True)
class Node:
    """One element: its own words, a blank between them, its children, and its line in the file."""

    tag: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator["Node"]:
        """The children of these tags, in order."""
        return (child for child in self.children if child.tag in tags)

    def said(self, tag: str) -> str:
        """The text of the first child of a tag, or ""."""
        return next((child.text for child in self.all(tag)), "")


def root_tag(text: str) -> str:
    """The name of the root element, "" where the text is no XML."""
    opening = _COMMENT.sub("", text[:4_000]).lstrip()
    found = _ROOT.search(opening) if opening.startswith("<") else None
    return found[1] if found else ""


def read_xml(text: str, name: str) -> Node:
    """The root element. Raises UnreadableDocument naming the line for XML that is damaged or cut off."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    top = Node("", 0, {})
    path = [top]
    words: list[list[str]] = [[]]

    def start(tag: str, attributes: dict[str, str]) -> None:
        node = Node(tag, parser.CurrentLineNumber, attributes)
        path[-1].children.append(node)
        path.append(node)
        words.append([])

    def end(_: str) -> None:
        path.pop().text = " ".join(" ".join(words.pop()).split())

    def refuse_entity(*_: object) -> None:
        # Entities that hold entities can blow a small file up to fill the memory.
        raise UnreadableDocument(f"{name} declares entities of its own (line {parser.CurrentLineNumber}); none is read")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: words[-1].append(data)
    parser.EntityDeclHandler = refuse_entity
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise UnreadableDocument(
            f"{name} is damaged XML at line {error.lineno} ({expat.ErrorString(error.code)}); download it again"
        ) from error
    return top.children[0]
