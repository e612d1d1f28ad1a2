"""Puts a document together from lines, for a format that nobody would want to see quoted as it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.parsing.sections import slugify
from assistant.types import Section
from assistant.types.codes import Code


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the stored text, without its line end; each line is a section.

    `body` is the part worth indexing (None: the whole line; empty: stored only); a citation shows the line up to the
    end of its body. `location` says where in the source it stands.
    """

    text: str
    title: str
    location: str = ""
    context: str = ""
    code: Code | None = None
    body: tuple[int, int] | None = None


def render(lines: Iterable[Line]) -> tuple[str, tuple[Section, ...]]:
    """The stored text, and one section a line in their order."""
    texts: list[str] = []
    sections: list[Section] = []
    position = 0
    for line in lines:
        first, last = (0, len(line.text)) if line.body is None else line.body
        quote = (position, position + last) if last > first else None
        end = position + len(line.text) + 1
        slug = slugify(line.title) or "line"
        body = (position + first, position + last)
        sections.append(
            Section(slug, line.title, position, end, body, line.code, quote, line.context, location=line.location)
        )
        texts.append(line.text)
        position = end
    return "".join(f"{text}\n" for text in texts), tuple(sections)


def shown_lines(lines: Iterable[int], most: int = 5) -> str:
    """Line numbers for a warning; no more of them than a person would look up."""
    numbers = sorted(lines)
    return ", ".join(str(number) for number in numbers[:most]) + (", …" if len(numbers) > most else "")
