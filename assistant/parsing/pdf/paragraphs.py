"""Joins the lines of pages to paragraphs, headings and table rows."""

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.parsing.pdf.geometry import ends_with_code, is_marker
from assistant.parsing.pdf.layout import Line
from assistant.parsing.pdf.words import Word
from assistant.parsing.sections import is_known

_CONTENTS = re.compile(r"(?:\.\s?){4,}\s*[\divxlc]+\s*$|…{2,}\s*[\divxlc]+\s*$", re.IGNORECASE)
_MOST_HEADING_WORDS = 25
_NUMBERED = re.compile(
    r"(?P<chapter>(?:section|chapter|part|appendix|article)\s+[\dIVXLC]+\b)|(?P<decimal>\d+(?:\.\d+)+)\.?\s|"
    r"(?P<roman>[IVX]+)\.\s|(?P<capital>[A-Z])\.(?:\s|(?=[A-Z][a-z]))|(?P<number>\d{1,2})\.\s|(?P<small>[a-z])\.\s|"
    r"(?P<number_bracket>\d{1,2})\)\s?|(?P<brackets>\((?:\d{1,2}|[a-z])\))\s?|(?P<small_roman>\([ivx]+\))\s?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A word with its page and its place in the paragraph's text."""

    word: Word
    page: int
    start: int
    length: int


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together: prose, or one row of a table with tabs between its cells.

    `level` is the level of a heading, from 1; 0 is no heading. `contents` marks a line of a table of contents.
    """

    text: str
    placed: list[Placed]
    page: int
    left: float
    size: float
    bold: bool
    lines: int
    table: int | None = None
    level: int = 0
    contents: bool = False


@dataclass(slots=True)
class _Open:
    """A paragraph that still grows: its lines with their pages."""

    lines: list[Line] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)


def read_paragraphs(pages: Sequence[tuple[int, Sequence[Line]]]) -> list[Paragraph]:
    """The paragraphs of (page number, lines) in order; look and number tell the headings."""
    vocabulary = Counter(
        word.text.strip(".,;:()").lower() for _, lines in pages for line in lines for word in line.words
    )
    leading, limit = _leading(pages), _limit(pages)
    paragraphs: list[Paragraph] = []
    held = _Open()
    for page, lines in pages:
        listed = _is_list(lines)
        for line in lines:
            if listed and line.column == 0 and line.limit < limit:
                line = replace(line, limit=limit)
            if held.lines and not (_belongs(held, line, page, leading) and (not listed or _is_open(held))):
                paragraphs.append(_closed(held, vocabulary))
                held = _Open()
            held.lines.append(line)
            held.pages.append(page)
    if held.lines:
        paragraphs.append(_closed(held, vocabulary))
    _find_headings(paragraphs)
    return paragraphs


def _leading(pages: Iterable[tuple[int, Sequence[Line]]]) -> float:
    """The usual distance between the lines of a paragraph, in font sizes."""
    steps = []
    for _, lines in pages:
        for above, below in itertools.pairwise(lines):
            step = (_middle(below) - _middle(above)) / max(_size(below), 1.0)
            if 0.5 < step < 4:
                steps.append(round(step, 1))
    return Counter(steps).most_common(1)[0][0] if steps else 1.2


def _limit(pages: Iterable[tuple[int, Sequence[Line]]]) -> float:
    """The right margin, from the text of most pages: a page of short lines does not show its own."""
    limits = sorted(max((line.limit for line in lines if line.column == 0), default=0.0) for _, lines in pages)
    return limits[len(limits) * 9 // 10] if limits else 0.0


def _is_list(lines: Sequence[Line]) -> bool:
    """Whether few lines of a page come near its margin or most end with a code, as in an index."""
    own = [line for line in lines if line.table is None]
    left = min((line.words[0].x0 for line in own), default=0.0)
    near = sum(line.limit - line.words[-1].x1 < _ragged(line, left) for line in own)
    coded = sum(ends_with_code(line.words) for line in own)
    return len(own) >= 8 and (near < 0.3 * len(own) or coded > 0.6 * len(own))


def _ragged(line: Line, left: float) -> float:
    """The distance from the margin within which a full line of prose ends."""
    size = line.words[-1].size
    return max(1.5 * size, min(4 * size, 0.15 * (line.limit - left)))


def _is_open(held: _Open) -> bool:
    """Whether a line of a list may go on in the next; one that ends with a number, nearly always a code, does not."""
    last = held.lines[-1].words[-1].text
    return last.endswith(",") or not any(character.isdigit() for character in last)


def _middle(line: Line) -> float:
    return line.words[0].middle


def _size(line: Line) -> float:
    return statistics.median(word.size for word in line.words)


def _bold(line: Line) -> bool:
    return all(word.bold for word in line.words)


def _belongs(held: _Open, line: Line, page: int, leading: float) -> bool:
    """Whether a line continues the paragraph: the line above had no room for its first word, and they look alike."""
    last = held.lines[-1]
    if line.table is not None or last.table is not None:
        return False
    if is_marker(line.words[0].text) or _starts_numbered(line):
        return False
    if _CONTENTS.search(_joined(last)):
        return False
    if abs(_size(line) - _size(last)) > 0.12 * _size(last):
        return False
    # Prose in the middle of a bold heading, or the other way round.
    if _bold(last) != _bold(line) and (_heading_like(held) or last.words[-1].bold != line.words[0].bold):
        return False
    first, end = line.words[0], last.words[-1]
    room = last.limit - end.x1
    if end.x1 + 0.2 * end.size + (first.x1 - first.x0) <= last.limit - 0.3 * end.size and room > 0:
        return False
    if page != held.pages[-1] or line.column != last.column:
        # Only an unfinished sentence goes on in the next page or column.
        return not end.text.endswith((".", "!", "?", ":")) or first.text[:1].islower()
    step = (_middle(line) - _middle(last)) / max(_size(line), 1.0)
    return 0 < step <= max(1.25 * leading, leading + 0.25)


def _starts_numbered(line: Line) -> bool:
    text = _joined(line)
    match = _NUMBERED.match(text)
    return match is not None and match.lastgroup in {"chapter", "number_bracket"} and line.words[0].bold


def _heading_like(held: _Open) -> bool:
    return all(_bold(line) for line in held.lines)


def _joined(line: Line) -> str:
    return " ".join(word.text for word in line.words)


def _closed(held: _Open, vocabulary: Counter[str]) -> Paragraph:
    parts: list[str] = []
    placed: list[Placed] = []
    position = 0
    before, height = "", 0.0

    def write(text: str) -> None:
        nonlocal position
        parts.append(text)
        position += len(text)

    for number, (line, page) in enumerate(zip(held.lines, held.pages, strict=True)):
        for cell_number, cell in enumerate(line.cells):
            if cell_number:
                write("\t")
            for word_number, word in enumerate(cell):
                text = word.text
                if word_number or (number and not cell_number):
                    joint = _joint(before, text, vocabulary, line_end=not word_number or word.middle > height + 1)
                    if joint is None:
                        # The hyphen belonged to the line's end, not to the word.
                        parts[-1] = parts[-1][:-1]
                        position -= 1
                        shorter = placed[-1]
                        placed[-1] = Placed(shorter.word, shorter.page, shorter.start, shorter.length - 1)
                    else:
                        write(joint)
                placed.append(Placed(word, page, position, len(text)))
                write(text)
                before, height = text, word.middle
    words = [one.word for one in placed]
    return Paragraph(
        "".join(parts),
        placed,
        held.pages[0],
        words[0].x0,
        statistics.median(word.size for word in words),
        all(word.bold for word in words),
        len(held.lines),
        held.lines[0].table,
    )


def _joint(before: str, after: str, vocabulary: Counter[str], *, line_end: bool) -> str | None:
    """What stands between two words: a blank; nothing after a hyphen; None where the hyphen itself must go."""
    if not line_end or len(before) < 2 or not before.endswith("-") or not before[-2].isalnum():
        return " "
    if not (before[-2].isalpha() and before[-2].islower() and after[:1].islower()):
        return ""
    first, second = before[:-1].strip(".,;:()").lower(), after.strip(".,;:()").lower()
    if vocabulary[f"{first}-{second}"]:
        return ""
    if vocabulary[f"{first}{second}"]:
        return None
    return "" if vocabulary[first] and vocabulary[second] else None


def _find_headings(paragraphs: Sequence[Paragraph]) -> None:
    sizes: Counter[float] = Counter()
    for paragraph in paragraphs:
        sizes[paragraph.size] += len(paragraph.text)
    usual = sizes.most_common(1)[0][0] if sizes else 10.0
    bold_share = sum(len(p.text) for p in paragraphs if p.bold) / max(1, sum(len(p.text) for p in paragraphs))
    _find_contents(paragraphs)
    found = []
    for above, paragraph in zip([None, *paragraphs], paragraphs, strict=False):
        if paragraph.table is None and not paragraph.contents and _is_heading(paragraph, above, usual, bold_share):
            found.append(paragraph)
    for paragraph, level in zip(found, _levels(found), strict=True):
        paragraph.level = level


def _find_contents(paragraphs: Sequence[Paragraph]) -> None:
    """Marks the lines of tables of contents: those with leading dots, and similar lines on a page of them."""
    lines, dotted = Counter(p.page for p in paragraphs), Counter[int]()
    for paragraph in paragraphs:
        paragraph.contents = bool(_CONTENTS.search(paragraph.text))
        dotted[paragraph.page] += paragraph.contents
    for paragraph in paragraphs:
        if dotted[paragraph.page] > max(3, 0.5 * lines[paragraph.page]) and paragraph.text[-1:].isdigit():
            paragraph.contents = True


def _is_heading(paragraph: Paragraph, above: Paragraph | None, usual: float, bold_share: float) -> bool:
    text = paragraph.text
    words = text.split()
    if paragraph.lines > 3 or len(words) > _MOST_HEADING_WORDS or not re.search(r"[^\W\d_]", text):
        return False
    if len(text) < 2 or (text[0].islower() and not _NUMBERED.match(text)):
        return False
    larger = paragraph.size / usual
    if larger >= 1.2 or (paragraph.bold and larger >= 1.04):
        return not text.endswith((",", ";"))
    ends = text.endswith((".", ",", ";", "?", "!"))
    if paragraph.bold and bold_share < 0.3 and not ends:
        return len(words) <= 12 or _NUMBERED.match(text) is not None
    alone = above is None or above.table is None
    bare = text[match.end() :] if (match := _NUMBERED.match(text)) else text
    capitals = bare.isupper() and len(words) > 1 and not any(character.isdigit() for character in bare)
    return alone and not ends and len(words) <= 10 and (is_known(text) or capitals)


def _levels(headings: Sequence[Paragraph]) -> Iterator[int]:
    """The level of each heading: larger type stands above smaller; in one size, a later kind of numbering is lower."""
    path: list[tuple[float, str]] = []
    for heading in headings:
        match = _NUMBERED.match(heading.text)
        kind = str(match.lastgroup) if match else ""
        # "C." and "I." stand for letters where letters number the headings.
        if kind == "roman" and any(step[1] == "capital" for step in path) and heading.text[1:2] == ".":
            kind = "capital"
        if kind and match and match.lastgroup not in {"chapter", "number_bracket", "brackets", "number", "decimal"}:
            kind = kind if heading.text.lstrip("(")[:1].isupper() else f"small-{kind}"
        size = round(heading.size, 1)
        mine = (size, kind)
        at = next((place for place, step in enumerate(path) if step[1] == kind and kind), None)
        if at is None:
            at = len(path)
            # A numbered heading under a numbered one is below it, whatever its size.
            while at and path[at - 1][0] < (size / 1.3 if kind and path[at - 1][1] else size - 0.3):
                at -= 1
            while not kind and at and path[at - 1][0] <= size + 0.3:
                at -= 1
        path = [*path[:at], mine]
        yield len(path)
