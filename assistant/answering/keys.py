"""Keys of tables: the line of a document that says what a value stands for, such as "090 = Major surgery …"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assistant.answering.quoting import cite
from assistant.embedding import Embedder
from assistant.errors import UnknownDocument
from assistant.library import StoredPassage
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Citation, DocumentInfo, Query
from assistant.types.tables import Table

# So many passages near a column's name are looked through, and so many characters beside a table in its own document.
_NEAR, _BESIDE = 12, 40_000
# A key is one of a column if its heading or its words are so near to the column's name (cosine).
_OF_COLUMN = 0.4
_LONGEST_VALUE = 12


@dataclass(frozen=True, slots=True)
class Key:
    """What a value stands for, and where a document says so."""

    text: str
    citation: Citation


def meaning_of(
    snapshot: Snapshot, embedder: Embedder, document: DocumentInfo, table: Table, column: str, value: str
) -> Key | None:
    """What the same document, or another, says that a value stands for in a column; None where none does.

    A key is told by its layout (`X = …`, `X – …`, `X: …`, a table of two columns), and chosen by value and column.
    """
    if len(value) > _LONGEST_VALUE or " " in value:
        return None
    line = re.compile(
        rf"^[ \t]*(?:[|*•-][ \t]*)?{re.escape(value)}[ \t]*(?:[=:–—|\t]|-[ \t])[ \t]*"
        r"(?P<said>[^\s|][^\n|]*?)[ \t]*\|?[ \t]*$",
        re.MULTILINE,
    )
    found: dict[tuple[str, int], tuple[StoredPassage, int, int, str]] = {}
    for stored in _passages(snapshot, embedder, document, table, column, value):
        passage = stored.passage
        for match in line.finditer(passage.text):
            said = match["said"]
            if sum(map(str.isalpha, said)) >= 3:
                at = match.start() + len(match[0]) - len(match[0].lstrip())
                found.setdefault((stored.document.id, passage.start + at), (stored, at, match.end(), said))
    if not found:
        return None
    told = list(found.values())
    texts = [f"{_heading(stored, at)}" for stored, at, _, _ in told] + [said for *_, said in told]
    vectors = embedder.embed([*texts, column])
    cosines = np.asarray(vectors[:-1] @ vectors[-1])
    near = [max(float(cosines[at]), float(cosines[at + len(told)])) for at in range(len(told))]
    best = max(range(len(told)), key=lambda at: (near[at], told[at][0].document.id == document.id, -at))
    if near[best] < _OF_COLUMN:
        return None
    stored, start, end, said = told[best]
    return Key(said, cite(stored.passage, stored.document, start, end))


def _heading(stored: StoredPassage, at: int) -> str:
    """The words that head a line of a key: the section's title, or the last line above without a key's mark."""
    above = [line.strip() for line in stored.passage.text[:at].splitlines() if line.strip()]
    head = next((line for line in reversed(above) if not re.search(r"\s[=–—]\s|\t|\||^\S{1,6}:", line)), "")
    return head or stored.passage.section_title


def _passages(
    snapshot: Snapshot, embedder: Embedder, document: DocumentInfo, table: Table, column: str, value: str
) -> Iterator[StoredPassage]:
    """The passages where a key may stand: beside the table in its own document, and those near the column's name."""
    spans = [(max(0, table.start - _BESIDE), table.start), (table.end, table.end + _BESIDE)]
    spans += [(one.start, one.end) for one in snapshot.tables(document.id) if one.code is None]
    for start, end in spans:
        position = start
        while position < min(end, document.characters):
            try:
                stored = snapshot.passage_at(document.id, position)
            except UnknownDocument:
                break
            if not stored.passage.quote:
                yield stored
            elif position != start:
                break
            position = max(stored.passage.end, position + 1)
    vector = embedder.embed_query(column)
    query = Query(column)
    keys = [key for key, _ in snapshot.search_dense(vector, _NEAR, query)]
    keys += [key for key, _ in snapshot.search_lexical(f"{column} {value}", _NEAR, query)]
    for stored in snapshot.passages(list(dict.fromkeys(keys))).values():
        if not stored.passage.quote:
            yield stored
