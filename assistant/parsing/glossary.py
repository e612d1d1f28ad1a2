"""Reads the abbreviations that a document explains, so that a query may use them."""

import re
from collections.abc import Sequence

from assistant.types import Section, Synonym

_EXPLAINS = re.compile(r"glossar|abbreviation|acronym|short forms|terms", re.IGNORECASE)
# "ORIF: open reduction and internal fixation; …", also as a list item, a table's row, in bold or with a dash.
_LINE = re.compile(
    r"^[ \t]*(?:[-*+][ \t]+|\|[ \t]*)?(?P<mark>[*_]{0,2})(?P<term>[^\s:=|*_#][^:=|*_\n]{0,24}?)(?:(?P=mark)[ \t]*"
    r"(?::|=|\||[-\u2013\u2014](?=\s))|[ \t]*:(?P=mark))[ \t]*"
    r"(?P<meaning>\S[^\n]*)",
    re.MULTILINE,
)
_MEANING = re.compile(r"[^.;,|]+")


def read_synonyms(title: str, text: str, sections: Sequence[Section]) -> tuple[Synonym, ...]:
    """The abbreviations of a glossary, or of sections that explain some; empty for any other document."""
    whole = _EXPLAINS.search(title) is not None
    found: dict[str, Synonym] = {}
    for section in sections:
        if not (whole or _EXPLAINS.search(section.title)):
            continue
        # In a glossary "ORIF: …" may have been taken for the label of a section.
        begin = section.start if whole and section.slug != "front-matter" else section.body[0]
        for match in _LINE.finditer(text, begin, section.body[1]):
            term, meaning = match["term"].strip(), _MEANING.match(match["meaning"])
            if is_abbreviation(term) and meaning and len(meaning.group()) > len(term):
                found.setdefault(term, Synonym(term, meaning.group().strip()))
    return tuple(found.values())


def is_abbreviation(term: str) -> bool:
    """Whether a term is written as abbreviations are: with two capitals or a slash, and short."""
    return len(term.split()) <= 3 and (sum(letter.isupper() for letter in term) >= 2 or "/" in term)
