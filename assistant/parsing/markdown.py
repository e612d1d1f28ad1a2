"""Markdown with YAML front matter. The stored text is the file's own, character by character."""

import itertools
import re
from collections.abc import Sequence

import yaml
from markdown_it import MarkdownIt

from assistant.codes import CodeSystem
from assistant.errors import UnreadableDocument
from assistant.parsing.prose import prose_document
from assistant.parsing.sections import Heading, labels
from assistant.parsing.subject import find_subject
from assistant.types import Document

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def parse_markdown(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from Markdown. Raises UnreadableDocument for front matter that is no YAML mapping."""
    front, body_start = _front_matter(text, name)
    headings = _headings(text, body_start)
    title = headings[0].title if headings else ""
    subject = find_subject(text, name, systems, front=front, title=title, body_start=body_start)
    if len(headings) <= 1:
        found = labels(text, max([body_start, *(heading.end for heading in headings)]))
        headings += [Heading(label.title, label.start, label.end, level=2) for label in found]
    return prose_document(text, stem, subject, headings, body_start=body_start)


def _front_matter(text: str, name: str) -> tuple[dict[str, object], int]:
    match = _FRONT.match(text)
    if not match:
        return {}, 0
    try:
        loaded = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise UnreadableDocument(f"{name}: the front matter is not YAML: {reason}") from error
    if loaded is None:
        return {}, match.end()
    if not isinstance(loaded, dict):
        raise UnreadableDocument(f"{name}: the front matter holds no 'key: value' lines")
    return {str(key): value for key, value in loaded.items()}, match.end()


def _headings(text: str, body_start: int) -> list[Heading]:
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text)), len(text)]
    first_line = text.count("\n", 0, body_start)
    tokens = MarkdownIt().parse(text[body_start:])
    headings = []
    for token, inline in itertools.pairwise(tokens):
        if token.type == "heading_open" and token.map and token.level == 0:
            start, end = starts[first_line + token.map[0]], starts[first_line + token.map[1]]
            headings.append(Heading(inline.content, start, min(end, len(text)), int(token.tag[1])))
    return headings
