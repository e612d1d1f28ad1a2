"""Tells what a document is by what it holds: pages of a code, codes with titles, values of codes, pairs, or prose."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence

from assistant.types import Document, DocumentKind, Section
from assistant.types.codes import Code

# So many rows are looked at, spread over the document.
_SAMPLE = 400
# Some sections of prose make a guide where they have this share of what the rows have; so many always do.
_PROSE, _SOME, _MANY = 0.25, 3, 12
_DAY = re.compile(r"(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|(?:19|20)\d{6})(?:[ T].*)?")
_AMOUNT = re.compile(r"[$€£]?\s?\d[\d,]*\.\d+")
_LONG = 200
_LONGEST_VALUE, _LONGEST_MARK = 24, 3
_MOST_WORDS = 2


def kind_of(document: Document) -> DocumentKind:
    """The kind of a document.

    Rows that title their codes are a code set. Rows that say something else of them are values, or pairs where each
    names two procedures. A page is prose about one code; any other prose is a guide, with tables in it or without.
    """
    if document.pairs:
        return DocumentKind.PAIRS
    rows = [section for section in document.sections if section.quote]
    prose = [section for section in document.sections if _is_prose(document.text, section)]
    bodies = [section for section in document.sections if section.body[0] < section.body[1] and not section.quote]
    if any(section.code for section in bodies) and len({entry.code for entry in document.entries}) <= len(rows) + 1:
        return DocumentKind.CODE_PAGE
    told = sum(section.body[1] - section.body[0] for section in prose)
    listed = sum(section.end - section.start for section in rows)
    much = told >= listed or (told >= _PROSE * listed and len(prose) >= _SOME) or len(prose) >= max(_MANY, len(rows))
    if not rows or much:
        return DocumentKind.GUIDE
    sample = rows[:: max(1, len(rows) // _SAMPLE)]
    titles = {entry.code.bare: entry.title for entry in document.entries}
    named = [row for row in sample if row.code or row.mentions]
    untitled = [row for row in named if not _title(row, titles)]
    if named and 2 * len(untitled) > len(named):
        paired = sum(_names_a_pair(row) for row in untitled)
        return DocumentKind.PAIRS if 2 * paired > len(untitled) else DocumentKind.VALUES
    amounts = valued = dated = 0
    for row in named:
        cells = list(_others(document.text, row, titles))
        amounts += any(_AMOUNT.fullmatch(cell) for cell in cells)
        valued += any(_is_value(cell) for cell in cells)
        dated += any(_DAY.fullmatch(cell) for cell in cells)
    # A code set may have columns of indicators too, but it says since when its codes hold.
    values = 2 * amounts > len(named) or (2 * valued > len(named) and 2 * dated <= len(named))
    return DocumentKind.VALUES if values else DocumentKind.CODE_SET


def _is_prose(text: str, section: Section) -> bool:
    """Whether a section holds sentences: a line of an index or of a table that could not be read holds none."""
    body = text[slice(*section.body)].rstrip()
    return not section.quote and (body.endswith((".", "?", "!", ":")) or len(body) > _LONG)


def _title(row: Section, titles: Mapping[Code, str]) -> str:
    codes = [row.code.bare] if row.code else [mention.code.bare for mention in row.mentions]
    return next((titles[code] for code in codes if titles.get(code)), "")


def _names_a_pair(row: Section) -> bool:
    """Whether a row sets a procedure beside another."""
    own = {row.code.bare} if row.code else set()
    return len(own | {mention.code.bare for mention in row.mentions if mention.code.system != "ICD-10-CM"}) > 1


def _is_value(cell: str) -> bool:
    """Whether a cell holds a number or a mark; a word may be the chapter that a code stands in."""
    short = len(cell) <= _LONGEST_VALUE and len(cell.split()) <= _MOST_WORDS
    marked = len(cell) <= _LONGEST_MARK or any(character.isdigit() for character in cell)
    return short and marked and not _DAY.fullmatch(cell)


def _others(text: str, row: Section, titles: Mapping[Code, str]) -> Iterator[str]:
    """The cells of a row but for its codes, its modifiers and its title."""
    assert row.quote is not None
    codes = [row.code] if row.code else []
    written = {code.value.replace(".", "") for code in [*codes, *(mention.code for mention in row.mentions)]}
    written |= set(row.title.upper().replace(".", "").replace(",", " ").replace("-", " ").split())
    title, named = _plain(_title(row, titles)), [_plain(part) for part in row.title.split(",")]
    for cell in _cells(text[slice(*row.quote)]):
        if (
            cell
            and _plain(cell) not in (title, *named)
            and not any(value in cell.upper().replace(".", "") for value in written)
        ):
            yield cell


def _cells(quote: str) -> Sequence[str]:
    for joint in (r"\t", r" \| ", r" {2,}"):
        cells = re.split(joint, quote)
        if len(cells) > 1:
            return [cell.strip() for cell in cells]
    delimiter = max(",;|", key=quote.count)
    return [cell.strip() for cells in csv.reader([" ".join(quote.split())], delimiter=delimiter) for cell in cells]


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text).lower().split())
