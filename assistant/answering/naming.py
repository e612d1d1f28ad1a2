"""What the documents say of codes that a query names: the passages about them, or naming them, of every document."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from assistant.answering.judging import Judged, Near
from assistant.answering.quoting import cite, row_statement
from assistant.embedding import Vectors
from assistant.library import StoredEntry, StoredPassage
from assistant.reader import Reader, in_place, row_in_place, statements_in_place
from assistant.retrieval.in_force import Entries, entries_in_force, in_force_for, standing
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Evidence, Passage, Query, Statement
from assistant.types.codes import Code

# So many passages are looked at, those nearest to the query; of them so many rows are read, and so many sentences
# of the pages of other codes.
_PASSAGES, _ROWS, _BESIDE = 80, 16, 8
# So many rows are looked up whose headings or introduction name a code.
_INTRODUCED = 40
# The reader reads about so many characters of a statement; of a longer one its end is read too.
_LONG, _END = 330, 300


@dataclass(frozen=True, slots=True)
class Spoken:
    """Passages that speak of some codes: prose about them or about none, prose about other codes, rows of tables."""

    prose: tuple[Near, ...]
    beside: tuple[StoredPassage, ...]
    rows: tuple[StoredPassage, ...]


def held_codes(snapshot: Snapshot, codes: Sequence[Code], query: Query) -> set[Code]:
    """Which of some codes a document is about or names, of those that a query's systems and date allow."""
    held = set(entries_in_force(snapshot, codes, query))
    left = [code for code in dict.fromkeys(code.bare for code in codes) if code not in held]
    return held | {code for code in left if naming(snapshot, code, query)}


def naming(snapshot: Snapshot, code: Code, query: Query) -> tuple[StoredPassage, ...]:
    """The passages in force that are not about a code and name it for certain, in the order of their documents."""
    if query.systems and code.system not in query.systems:
        return ()
    found = snapshot.passages(snapshot.keys_of([code])).values()
    return tuple(
        item
        for item in found
        if (item.passage.code is None or item.passage.code.bare != code.bare)
        and (item.passage.quote is not None or names(item.passage, code))
        and in_force_for(snapshot, item.document, query)
    )


def names(passage: Passage, code: Code) -> bool:
    """Whether a passage names a code for certain."""
    return any(mention.certain and mention.code.bare == code.bare for mention in passage.mentions)


def spoken_of(snapshot: Snapshot, codes: Sequence[Code], vector: Vectors, query: Query) -> Spoken:
    """What speaks of the codes that a query names, the nearest to it first; what speaks of two of them comes before."""
    codes = [code.bare for code in codes]
    entries = entries_in_force(snapshot, codes, query)
    keys = [set(snapshot.keys_of([code])) for code in codes]
    every: set[int] = set().union(*keys)
    several = {key for key in every if sum(key in of_code for of_code in keys) > 1}
    cosines = snapshot.similarities(vector, sorted(every))
    nearest = sorted(cosines, key=lambda key: (key not in several, -cosines[key], key))[:_PASSAGES]
    found = {
        key: item
        for key, item in snapshot.passages(nearest).items()
        if any(_speaks(snapshot, item, code, entries, query) for code in codes)
    }
    found |= _introduced(snapshot, codes, query)
    near = cosines | snapshot.similarities(vector, [key for key in found if key not in cosines])
    order = sorted(found, key=lambda key: (key not in several, -near.get(key, 0.0), key))
    prose, beside, rows = [], [], []
    for key in order:
        passage = found[key].passage
        if passage.quote:
            rows.append(found[key])
        elif passage.code is None or passage.code.bare in codes:
            prose.append(Near(key, found[key], near.get(key, 0.0)))
        else:
            beside.append(found[key])
    return Spoken(tuple(prose), tuple(beside), tuple(rows[:_ROWS]))


def read_rows(reader: Reader, text: str, rows: Sequence[StoredPassage]) -> list[Judged]:
    """How far each of some rows answers a query."""
    if not rows:
        return []
    logits = reader.read(text, [row_in_place(item.passage) for item in rows])
    return [
        Judged(row_statement(item.passage, item.document), item.passage.code, logit)
        for item, logit in zip(rows, logits, strict=True)
    ]


def headed(evidence: Sequence[Evidence]) -> dict[Code, str]:
    """The headings that stand for codes which prose alone names: each above a passage that names no other code."""
    found = {}
    for item in evidence:
        passage = item.hits[0].passage
        named = {mention.code.bare for mention in passage.mentions if mention.certain}
        if passage.code is None and not passage.quote and named == {item.code.bare} and passage.section != "lead":
            found[item.code] = passage.section_title
    return found


def read_beside(reader: Reader, text: str, passages: Sequence[StoredPassage], codes: Sequence[Code]) -> list[Judged]:
    """How far the sentences answer in which other codes' pages name some codes; what else they say is not of these."""
    told = [
        (item, start, end, said)
        for item in passages
        for start, end, said in statements_in_place(item.passage)
        if any(code.value in item.passage.text[start:end] for code in codes)
    ][:_BESIDE]
    if not told:
        return []
    logits = reader.read(text, [said for *_, said in told])
    cited = [cite(item.passage, item.document, start, end) for item, start, end, _ in told]
    return [
        Judged(Statement(citation.quote, citation), item.passage.code, logit)
        for citation, (item, *_), logit in zip(cited, told, logits, strict=True)
    ]


def read_ends(reader: Reader, text: str, codes: Sequence[Code], judged: Sequence[Judged]) -> list[Judged]:
    """Judges the end of each statement that is longer than the reader reads, with the code that it names; the better of
    both counts."""
    long = [item for item in judged if len(item.statement.text) > _LONG]
    if not long:
        return list(judged)
    told = []
    for item in long:
        cited, said = item.statement.citation, item.statement.text
        named = next((code for code in codes if code.value in said), item.code)
        told.append(in_place(named, cited.document_title, cited.section, "… " + said[-_END:].partition(" ")[2]))
    ends = dict(zip(map(id, long), reader.read(text, told), strict=True))
    return [replace(item, answers=max(item.answers, ends.get(id(item), item.answers))) for item in judged]


def named_in(item: Judged, codes: Sequence[Code]) -> int:
    """How many of some codes a statement is about or names."""
    own = item.code.bare if item.code else None
    return sum(code == own or code.value in item.statement.text for code in codes)


def _speaks(snapshot: Snapshot, item: StoredPassage, code: Code, entries: Entries, query: Query) -> bool:
    """Whether a passage is about a code in an edition that stands, or names it in a document in force."""
    passage = item.passage
    if passage.code is not None and passage.code.bare == code.bare:
        return item.document.id in documents_of(standing(entries.get(code.bare, ())))
    return (passage.quote is not None or names(passage, code)) and in_force_for(snapshot, item.document, query)


def documents_of(entries: Sequence[StoredEntry]) -> AbstractSet[str]:
    return {entry.document.id for entry in entries}


def _introduced(snapshot: Snapshot, codes: Sequence[Code], query: Query) -> dict[int, StoredPassage]:
    """The rows below a heading or a sentence that names a code: "The following diagnoses support 29881."."""
    found: dict[int, StoredPassage] = {}
    for code in codes:
        hits = snapshot.search_lexical(code.value, _INTRODUCED, query)
        for key, item in snapshot.passages([key for key, _ in hits]).items():
            told = item.passage.quote is not None and code.value in item.passage.context
            if told and in_force_for(snapshot, item.document, query):
                found[key] = item
    return found
