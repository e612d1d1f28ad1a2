"""Which diagnoses the user's articles and tables list for a code, as supporting it or as not supporting it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.answering.edit_rows import EditRow, yes_or_no
from assistant.answering.quoting import cite, row_statement
from assistant.language.sentences import split_sentences
from assistant.library import StoredPassage
from assistant.parsing.cells import Bound, codes_in
from assistant.parsing.edit_columns import Part
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Citation, DocumentInfo, Passage
from assistant.types.codes import ICD10CM, Code

# The headings of articles, as Medicare's contractors write them.
_AGAINST = re.compile(
    r"\b(?:do(?:es)?\s+not|don.?t|not|never)\s+(?:support|cover|medically|payable)|\bnon-?\s?cover|\bnot\s+covered\b|"
    r"\bexclu(?:ded|sions?)\b|\bunsupported\b",
    re.IGNORECASE,
)
_FOR = re.compile(r"\bsupport|\bcover(?:ed|age|s)?\b|\bmedical(?:ly)?\s+necess", re.IGNORECASE)
_GROUP = re.compile(r"\bgroup\s+(\d+)", re.IGNORECASE)
_TO = re.compile(r"\s*(?:[-–—]|to|through|thru)\s*", re.IGNORECASE)
# A longer document is a code set or a fee schedule, and no article.
_LONGEST = 5_000
_DIAGNOSES = Bound((ICD10CM,), named=True, surely=True)


@dataclass(frozen=True, slots=True)
class Listed:
    """A diagnosis, or a range of them, that a row lists."""

    first: str
    last: str
    citation: Citation

    def holds(self, diagnosis: Code) -> bool:
        """Whether a diagnosis is listed, itself or by its category."""
        value = diagnosis.value
        return value.startswith(self.first) or self.first <= value <= f"{self.last}\uffff"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one document lists for a code: the diagnoses that support it, and those that don't.

    `about` is where it takes up the code.
    """

    document: DocumentInfo
    about: Citation
    supporting: tuple[Listed, ...]
    opposing: tuple[Listed, ...]


@dataclass(slots=True)
class _Group:
    """Rows below one heading of an article; `codes` are the procedures that its paragraph names."""

    heading: str
    supports: bool
    codes: frozenset[Code]
    listed: list[Listed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Article:
    """An article: its procedures with the heading and citation of each, and its groups of diagnoses."""

    procedures: dict[Code, tuple[str, Citation]]
    groups: tuple[_Group, ...]


def coverage_of(snapshot: Snapshot, code: Code, rows: Sequence[EditRow]) -> tuple[Coverage, ...]:
    """What each document lists for a code; `rows` are those of tables about it."""
    found = _of_tables(code, rows)
    for document in _documents_naming(snapshot, code):
        article = snapshot.remembered(("article", document.id), lambda at=document: _article(snapshot, at))  # type: ignore[misc]
        listed = _of_article(article, code, document)
        if listed is not None:
            found.append(listed)
    return tuple(sorted(found, key=lambda one: (one.document.id, one.about.start)))


def _of_tables(code: Code, rows: Sequence[EditRow]) -> list[Coverage]:
    """Of tables of procedures and diagnoses, with a column that says whether they are covered."""
    told: dict[str, list[tuple[EditRow, bool, list[Listed]]]] = {}
    for row in rows:
        if code not in row.codes or Part.COVERED not in row.names or not row.says(Part.DIAGNOSIS):
            continue
        own = row.names[Part.COVERED] == row.names[Part.DIAGNOSIS]
        supports = True if own else yes_or_no(row.says(Part.COVERED))
        listed = list(_listed_in(row.says(Part.DIAGNOSIS), row.citation))
        if supports is not None and listed:
            told.setdefault(row.document.id, []).append((row, supports, listed))
    return [
        Coverage(
            of_document[0][0].document,
            of_document[0][0].citation,
            tuple(one for _, supports, listed in of_document if supports for one in listed),
            tuple(one for _, supports, listed in of_document if not supports for one in listed),
        )
        for of_document in told.values()
    ]


def _listed_in(text: str, citation: Citation) -> Iterable[Listed]:
    """The diagnoses that a cell lists, a range as one."""
    found = codes_in(text, _DIAGNOSES)
    at = 0
    while at < len(found):
        one = found[at]
        following = found[at + 1] if at + 1 < len(found) else None
        if following is not None and _TO.fullmatch(text[one.end : following.start]):
            yield Listed(one.code.value, following.code.value, citation)
            at += 2
        else:
            yield Listed(one.code.value, one.code.value, citation)
            at += 1


def _documents_naming(snapshot: Snapshot, code: Code) -> list[DocumentInfo]:
    found = snapshot.passages(snapshot.keys_of([code]))
    documents = {item.document.id: item.document for item in found.values()}
    return [one for one in documents.values() if one.codes > 1 and one.passages <= _LONGEST]


def _article(snapshot: Snapshot, document: DocumentInfo) -> _Article:
    procedures: dict[Code, tuple[str, Citation]] = {}
    groups: list[_Group] = []
    named: frozenset[Code] = frozenset()
    for passage in snapshot.passages_of(document.id):
        heading = passage.location if passage.quote and passage.location else passage.context
        about = _of_coverage(heading, document)
        stored = StoredPassage(passage, document)
        mentioned = [mention.code.bare for mention in passage.mentions if mention.certain]
        codes = [*([passage.code.bare] if passage.code else []), *mentioned]
        if not passage.quote:
            if about:
                others = frozenset(code for code in mentioned if code.system != ICD10CM.name)
                named = others or named
                for code in others:
                    procedures.setdefault(code, ("", _sentence(stored, passage, code)))
            continue
        citation = row_statement(passage, document).citation
        if not about:
            for code in codes:
                if code.system != ICD10CM.name:
                    procedures.setdefault(code, (heading, citation))
            continue
        if not groups or groups[-1].heading != heading:
            groups.append(_Group(heading, not _AGAINST.search(about), named))
            named = frozenset()
        groups[-1].listed += _listed_in(citation.quote, citation)
    return _Article(procedures, tuple(group for group in groups if group.listed))


def _of_coverage(heading: str, document: DocumentInfo) -> str:
    """The part of a path of headings that speaks of coverage, the nearest first; "" where none does."""
    parts = [part for part in re.split(r" > |\. ", heading) if part != document.title]
    return next((part for part in reversed(parts) if _FOR.search(part) or _AGAINST.search(part)), "")


def _sentence(stored: StoredPassage, passage: Passage, code: Code) -> Citation:
    """The sentence of a paragraph that names a code."""
    at = next(mention.start for mention in passage.mentions if mention.code.bare == code)
    spans = split_sentences(passage.text, *passage.body)
    start, end = next((span for span in spans if span[0] <= at < span[1]), passage.body)
    return cite(passage, stored.document, start, end)


def _of_article(article: _Article, code: Code, document: DocumentInfo) -> Coverage | None:
    about = article.procedures.get(code)
    if about is None or not article.groups:
        return None
    groups = [group for group in article.groups if _concerns(group, code, about[0], article)]
    return Coverage(
        document,
        about[1],
        tuple(one for group in groups if group.supports for one in group.listed),
        tuple(one for group in groups if not group.supports for one in group.listed),
    )


def _concerns(group: _Group, code: Code, heading: str, article: _Article) -> bool:
    """Whether a group of diagnoses is about a procedure: its paragraph names it or, where none of the same kind names
    any, its number is that of the procedure's group, if the numbers agree at all."""
    like = [one for one in article.groups if one.supports == group.supports]
    if any(one.codes for one in like):
        return code in group.codes or not group.codes
    own = _numbers([heading])
    same = _numbers([one.heading for one in like]) == _numbers([place for place, _ in article.procedures.values()])
    return not own or not same or own == _numbers([group.heading])


def _numbers(headings: Iterable[str]) -> frozenset[str]:
    return frozenset(found[1] for heading in headings if (found := _GROUP.search(heading)))
