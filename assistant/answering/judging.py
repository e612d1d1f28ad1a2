"""Puts the statements nearest to a query, and the titles of its leading codes, to the reader."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answering.guides import Guides
from assistant.answering.quoting import cite, row_statement
from assistant.calibration import covered
from assistant.embedding import Vectors
from assistant.library import StoredPassage
from assistant.reader import Reader, statements_in_place, title_in_place
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Evidence, Hit, Role, Statement
from assistant.types.codes import Code

# So many titles and statements are read; each costs a few milliseconds.
TITLES, STATEMENTS = 6, 12
# So many statements of one passage at most: the others have their turn.
_OF_ONE = 4
# The share of a query's words that a statement holds counts so much beside its cosine: of the answers to the questions
# that were held back, .76 are then among the twelve that are read (.74 by the cosine, .70 by words and the passage's).
_WORDS = 0.3
# A statement is quoted from this logit on, so many at most.
ANSWERS, QUOTED = 0.0, 3
# Where no code is wanted, prose about no code comes before an equal statement about some code, by so much.
# The right section of guidance is then first for .54 of the guideline questions of eval/starter (.37 without), and the
# statements of the questions that were held back lose nothing (.49 first).
_GUIDANCE = 1.2
# A line of a key or glossary: a short mark, then what it stands for. It explains a word of the query, no rule.
KEY = re.compile(r"""[-*•|\s]*["'(]?(?P<mark>[0-9A-Z][0-9A-Za-z/+-]{0,7})["')]?\s*(?:=|:|–|—|\||\bmeans\b)\s*\S""")
_EXAMPLES = "examples"


@dataclass(frozen=True, slots=True)
class Near:
    """A passage whose statements may answer, its key in the library, and its cosine to the query."""

    key: int
    stored: StoredPassage
    similarity: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement, the code that its passage is about, and how far it answers the query, as a logit."""

    statement: Statement
    code: Code | None
    answers: float


@dataclass(frozen=True, slots=True)
class Read:
    """What was read for a query: statements, best first, and how far each leading code's title answers (a logit)."""

    statements: tuple[Judged, ...]
    titles: Mapping[Code, float]


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a passage, [start, end) in the passage's text, as the reader sees it, and its terms with those of
    its heading."""

    start: int
    end: int
    text: str
    terms: frozenset[str]


def read_statements(
    reader: Reader,
    snapshot: Snapshot,
    text: str,
    vector: Vectors,
    weight: Mapping[str, float],
    near: Iterable[Near],
    evidence: Sequence[Evidence],
    titles: Mapping[Code, str],
    code_wanted: float,
    count: int = STATEMENTS,
) -> Read:
    """Reads the best statements of the passages near a query, and the titles of the codes that lead.

    `code_wanted` is the probability that the query is after a code.
    """
    leading = [item.code for item in evidence[:TITLES] if titles.get(item.code)]
    chosen = shortlist(snapshot, vector, weight, near, count)
    texts = [title_in_place(code, titles[code]) for code in leading] + [told.text for _, told in chosen]
    if not texts:
        return Read((), {})
    logits = reader.read(text, texts)
    titled = dict(zip(leading, logits, strict=False))
    judged = [
        Judged(_statement(stored, told), stored.passage.code, logit)
        for (stored, told), logit in zip(chosen, logits[len(leading) :], strict=True)
    ]
    rows = {item.code: item.hits[0] for item in evidence[:TITLES] if item.hits and item.hits[0].passage.quote}
    judged += [
        Judged(row_statement(row.passage, row.document), code, titled[code])
        for code, row in rows.items()
        if code in titled
    ]
    bonus = _GUIDANCE * (1 - code_wanted)
    guiding = {item for item in judged if item.code is None and not KEY.match(item.statement.text)}
    judged.sort(key=lambda item: -item.answers - (bonus if item in guiding else 0.0))
    return Read(tuple(judged), titled)


def near_passages(hits: Sequence[Hit], guides: Guides) -> list[Near]:
    """The passages whose statements may answer a described query: the first hits, and the guidance that was found."""
    near = [Near(hit.key, StoredPassage(hit.passage, hit.document), hit.similarity) for hit in hits]
    return near + [Near(*found) for found in guides.near]


def quoted_of(read: Read) -> tuple[Statement, ...]:
    """What is quoted of what was read: each statement that answers, best first, or else the one that comes nearest."""
    best: dict[Statement, Judged] = {}
    for item in read.statements:
        if item.answers >= ANSWERS:
            best.setdefault(item.statement, item)
    answering = list(best.values())[:QUOTED]
    if not answering:
        return tuple(item.statement for item in read.statements[:1])
    return tuple(replace(item.statement, role=Role.ANSWER) for item in answering)


def shortlist(
    snapshot: Snapshot, vector: Vectors, weight: Mapping[str, float], near: Iterable[Near], count: int = STATEMENTS
) -> list[tuple[StoredPassage, Told]]:
    """The statements worth reading: the nearest to the query by meaning and words, of the passages near it."""
    passages = {one.key: one for one in near if not one.stored.passage.quote}
    cosines = snapshot.near_statements(vector, list(passages))
    found = []
    for order, (key, item) in enumerate(passages.items()):
        told = snapshot.remembered(("statements", key), told_by(item.stored, snapshot.terms))
        own = cosines.get(key, ())
        # A library that was built before statements had vectors goes by the passage's.
        own = own if len(own) == len(told) else [item.similarity] * len(told)
        of_this = [
            (cosine + _WORDS * covered(weight, one.terms), -order, -at, one)
            for at, (one, cosine) in enumerate(zip(told, own, strict=True))
        ]
        of_this.sort(key=lambda pair: pair[:3], reverse=True)
        found += [(*pair, item.stored) for pair in of_this[:_OF_ONE]]
    found.sort(key=lambda pair: pair[:3], reverse=True)
    return [(stored, told) for *_, told, stored in found[:count]]


def told_by(stored: StoredPassage, terms: Callable[[str], list[str]]) -> Callable[[], tuple[Told, ...]]:
    """Makes the statements of a passage, in its order."""

    def tell() -> tuple[Told, ...]:
        passage = stored.passage
        heading = frozenset(terms(passage.section_title))
        return tuple(
            Told(start, end, text, heading | frozenset(terms(passage.text[start:end])))
            for start, end, text in statements_in_place(passage)
        )

    return tell


def _statement(stored: StoredPassage, told: Told) -> Statement:
    """The sentence; of an example its whole paragraph, for the sentence that settles it seldom tells the case too."""
    start, end = told.start, told.end
    passage = stored.passage
    if passage.section == _EXAMPLES:
        begin, finish = passage.body
        start = max(begin, passage.text.rfind("\n", begin, start) + 1)
        end = passage.text.find("\n", end, finish)
        end = len(passage.text[start : finish if end < 0 else end].rstrip()) + start
    citation = cite(passage, stored.document, start, end)
    return Statement(citation.quote, citation)
