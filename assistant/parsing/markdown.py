"""Reads Markdown with YAML front matter. The stored text is the file's own, character by character."""

import bisect
import itertools
import re
from collections.abc import Iterator, Sequence

import yaml
from markdown_it import MarkdownIt

from assistant.errors import UnreadableDocument
from assistant.parsing.prose import prose_document
from assistant.parsing.sections import Heading, labels
from assistant.parsing.subject import find_subject
from assistant.types import Document
from assistant.types.codes import CodeSystem

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


class _Loader(yaml.SafeLoader):
    """YAML that leaves numbers as they are written: `code: 00100` does not become octal 64."""


_NUMERIC = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NUMERIC]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse_markdown(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from Markdown. Raises UnreadableDocument if its front matter is not a YAML mapping."""
    front, body_start = _front_matter(text, name)
    headings = _headings(text, body_start)
    title = headings[0].title if headings else ""
    subject = find_subject(text, name, systems, front=front, title=title, body_start=body_start)
    if len(headings) <= 1:
        headings += labels(text, max([body_start, *(heading.end for heading in headings)]))
    return prose_document(text, stem, subject, headings, body_start=body_start)


def _front_matter(text: str, name: str) -> tuple[dict[str, object], int]:
    match = _FRONT.match(text)
    if not match:
        return {}, 0
    try:
        loaded = yaml.load(match[1], _Loader)  # a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UnreadableDocument(f"{name}: the front matter is not YAML: {reason}") from error
    if loaded is None:
        return {}, match.end()
    if not isinstance(loaded, dict):
        raise UnreadableDocument(f"{name}: the front matter holds no 'key: value' lines")
    return {str(key): value for key, value in loaded.items()}, match.end()


def _headings(text: str, body_start: int) -> list[Heading]:
    starts = [*_line_starts(text), len(text)]
    first_line = bisect.bisect_left(starts, body_start)
    # Only the blocks matter, and only a heading's own words: reading every link and emphasis costs most of the time.
    blocks = MarkdownIt()
    blocks.core.ruler.enableOnly(["normalize", "block"])
    inlines = MarkdownIt()
    tokens = blocks.parse(text[body_start:])
    headings = []
    for token, inline in itertools.pairwise(tokens):
        if token.type == "heading_open" and token.map and token.level == 0:
            start, end = starts[first_line + token.map[0]], starts[first_line + token.map[1]]
            headings.append(Heading(_words(inline.content, inlines), start, end, int(token.tag[1])))
    return headings


def _line_starts(text: str) -> Iterator[int]:
    yield 0
    yield from (match.end() for match in re.finditer(r"\r\n|\n|\r", text) if match.end() < len(text))


def _words(inline: str, inlines: MarkdownIt) -> str:
    """A heading as it reads, without the marks of emphasis, code and links."""
    (parsed,) = inlines.parseInline(re.sub(r"\s*\{[#.][^{}]*\}\s*$", "", inline))
    shown = ("\n" if part.type.endswith("break") else part.content for part in parsed.children or ())
    return " ".join("".join(shown).split())
