"""Cuts a page into its paragraphs, each with the label or heading that stands before it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.language.sentences import trimmed
from assistant.types import Document, Section

_BLOCK = re.compile(r"\S(?:.|\n(?![ \t]*(?:\n|\Z)))*")
_LINE = re.compile(r"[^\r\n]*\S[^\r\n]*")
_ITEM = re.compile(r"[ \t]*(?:[-*•·>]|\d{1,2}[.)])[ \t]+")
# A label in the line: "Coding advice: …", "Descriptor<tab>…", "In brief | …", "**Beware:** …".
_LABELLED = re.compile(
    r"[ \t]*(?:[-*•][ \t]+)?(?P<mark>[*_]{0,2})(?P<label>[^\W\d_][^\t:|.!?*]{1,40}?)"
    r"(?:(?P=mark)[ \t]*:|:(?P=mark)|[ \t]*\t|[ ]*\|)[ \t]*(?P<text>\S.*)",
    re.DOTALL,
)
# Examples that a site joined into one line: "… the defect., A patient …".
_JOINED = re.compile(r"(?<=[a-z)][a-z)][a-z)][.!?]),\s+(?=[A-Z])")
_SENTENCE_END = (".", "!", "?", ":", ";", '."', ".)")
_LONGEST_HEADING, _HEADING_WORDS = 60, 9
_WRAPPED, _RAGGED = 50, 30


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph [start, end) of a document, inside the section of this number, with the label in its line.

    `heading` tells whether it is a short line that may be the heading of what follows, `goes_on` whether it belongs
    together with the one before: one of several examples that a site joined.
    """

    section: int
    start: int
    end: int
    label: str = ""
    heading: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What a paragraph is: a part of the page by its slug and title. `slug` is "" for what is never searched.

    `opens` tells that it is a heading, and belongs to the paragraph after it.
    """

    paragraph: Paragraph
    slug: str
    title: str
    opens: bool = False


def paragraphs(document: Document) -> list[Paragraph]:
    """The paragraphs of the prose of a document, in order; table rows and what is never searched have none."""
    found: list[Paragraph] = []
    for number, section in enumerate(document.sections):
        if section.quote is None and section.body[0] < section.body[1]:
            found += _of_section(document.text, number, section)
    return found


def is_labelled(text: str, section: Section) -> bool:
    """Whether a section begins with a label in the line of its text, and not with a heading."""
    return text[section.start : section.body[0]].rstrip(" \t*_").endswith(":")


def _of_section(text: str, number: int, section: Section) -> Iterator[Paragraph]:
    spans = list(_blocks(text, *section.body))
    for at, (start, end) in enumerate(spans):
        below = text[slice(*spans[at + 1])] if at + 1 < len(spans) else ""
        match = _LABELLED.fullmatch(text, start, end)
        if match and len(match["label"].split()) <= _HEADING_WORDS and not _reads_on(match):
            yield from _apart(text, Paragraph(number, match.start("text"), end, plain_label(match["label"])))
        elif _is_heading(text[start:end], below):
            yield Paragraph(number, start, end, heading=True)
        else:
            yield from _apart(text, Paragraph(number, start, end))


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands between blank lines, as one span or, where its lines are not wrapped, one a line."""
    for block in _BLOCK.finditer(text, start, end):
        lines = [trimmed(text, *line.span()) or line.span() for line in _LINE.finditer(text, *block.span())]
        lengths = [finish - begin for begin, finish in lines[:-1]]
        wrapped = len(lengths) > 0 and min(lengths) >= _WRAPPED and max(lengths) - min(lengths) <= _RAGGED
        spans: list[tuple[int, int]] = []
        for begin, finish in lines:
            if spans and _goes_on(text[slice(*spans[-1])], text[begin:finish], wrapped):
                spans[-1] = (spans[-1][0], finish)
            else:
                spans.append((begin, finish))
        yield from spans


def _goes_on(before: str, line: str, wrapped: bool) -> bool:
    """Whether a line goes on with what stands before: a wrapped sentence, or a list below its first line."""
    last = before.rpartition("\n")[2]
    if _ITEM.match(line):
        match = _LABELLED.fullmatch(line)
        if match and not _reads_on(match):
            return False  # a list of labelled parts
        return before.endswith(":") or _ITEM.match(last) is not None
    if "\t" in line or "|" in line:
        return False
    return line[:1].islower() or (line[:1].isdigit() and not before.endswith(_SENTENCE_END)) or wrapped


def _reads_on(match: re.Match[str]) -> bool:
    """Whether a colon stands inside a sentence, and not after a label."""
    between = match.string[match.end("label") : match.start("text")]
    return ":" in between and match["text"][:1].islower()


def _is_heading(line: str, below: str) -> bool:
    """Whether a line may be the heading of the text below it."""
    if len(line) > _LONGEST_HEADING or len(line.split()) > _HEADING_WORDS or line.endswith((".", "!", ";", ",")):
        return False
    return not ("\t" in line or "|" in line or _ITEM.match(line)) and len(below) > len(line) and len(below) >= 40


def _apart(text: str, whole: Paragraph) -> Iterator[Paragraph]:
    """The examples of a paragraph, where a site joined several."""
    start = whole.start
    for match in _JOINED.finditer(text, start, whole.end):
        yield replace(whole, start=start, end=match.start(), goes_on=start > whole.start)
        start = match.end()
    yield replace(whole, start=start, goes_on=start > whole.start)


def plain_label(label: str) -> str:
    """A label or heading without its marks."""
    return " ".join(label.strip(" \t*_#:>").split())


def retiled(document: Document, parts: Sequence[Part], title: str) -> tuple[Section, ...]:
    """The sections of a document once its paragraphs are parts of a page; they tile the text again.

    Neighbours of one part become one section, but for examples. Sections without paragraphs stay as they are.
    """
    sections: list[Section] = []
    for number, section in enumerate(document.sections):
        own = [part for part in parts if part.paragraph.section == number]
        if not own:
            sections.append(section)
            continue
        start = section.start
        for at, part in enumerate(own):
            if part.opens and at + 1 < len(own):
                continue
            end = own[at + 1].paragraph.start if at + 1 < len(own) else section.end
            if at + 1 < len(own):
                end = document.text.rfind("\n", part.paragraph.end, end) + 1 or part.paragraph.end
            new = _section(section, part, start, end, title if section.context == document.title else section.context)
            last = sections[-1] if sections else None
            if last is not None and _together(last, new):
                body = (last.body[0], new.body[1]) if part.slug else last.body
                sections[-1] = replace(last, end=end, body=body)
            else:
                sections.append(new)
            start = end
    return tuple(sections)


def _section(section: Section, part: Part, start: int, end: int, context: str) -> Section:
    if not part.slug:
        return Section("aside", "Not searched", start, end, (start, start), page=section.page)
    body = (part.paragraph.start, part.paragraph.end)
    return replace(section, slug=part.slug, title=part.title, start=start, end=end, body=body, context=context)


def _together(last: Section, new: Section) -> bool:
    if (last.slug, last.title, last.page, last.location) != (new.slug, new.title, new.page, new.location):
        return False
    return last.quote is None and last.slug != "examples"


def headings(document: Document) -> list[tuple[int, int]]:
    """Where the headings of a document's sections stand, in order; of a label, its whole line."""
    text = document.text
    found = []
    for section in document.sections:
        end = section.body[0] if section.body[0] < section.body[1] else section.end
        if is_labelled(text, section):
            line = text.find("\n", section.body[0], section.end)
            end = section.end if line < 0 else line
        span = trimmed(text, section.start, end)
        if section.quote is None and span and section.slug not in ("lead", "front-matter", "aside"):
            found.append(span)
    return found
