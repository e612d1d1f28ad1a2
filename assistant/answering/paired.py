"""Answers a query that names two codes of a pair, and asks whether both may be reported."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from assistant.answering.considered import Considered
from assistant.answering.edit_rows import Standing, standing_of
from assistant.answering.pairs import PairRow, pair_rows, pair_words
from assistant.answering.questions import CODE
from assistant.embedding import Embedder
from assistant.parsing.edit_columns import Part
from assistant.reader import Reader
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Form, Query, Role, Statement, TableValue, Wants
from assistant.types.codes import Code

# Sentences that the encoder and the reader compare a query with: on pairs, and on other matters of two codes. Of 40
# queries of our own, half of them on other matters, 17 of 20 and 1 of 20 are taken for questions about the pair.
_ON_PAIRS = (
    "These codes may not be billed together on one day: one is bundled into the other unless a modifier shows that it "
    "was separate.",
    "An edit pairs two codes: the second is denied beside the first.",
)
_ON_CODES = "These are two codes of the knee."
_PAIR = (
    "{one} and {other} may not be billed together on one day: {other} is bundled into {one} unless a modifier such as "
    "59 shows that it was separate."
)
_NO_PAIR = (
    "{one} and {other} are two codes of the knee.",
    "{one} and {other} each have a fee, a number of units and a global period.",
)
_NEAR, _YES_NO, _ASKED = 10.0, 2.0, 2.0
_MOST = 3


def with_pairs(
    considered: Considered,
    snapshot: Snapshot,
    reader: Reader,
    embedder: Embedder,
    kinds: Mapping[Wants, float],
    query: Query,
    codes: Sequence[Code],
) -> Considered:
    """What a query would be answered with; where it asks about pairs of its codes, their rows come first."""
    stored = snapshot.pairs_among(codes) if len(codes) > 1 else ()
    if not stored or not asks_of_pair(reader, embedder, kinds, query.text, codes):
        return considered
    rows = [
        pair for pair in pair_rows(snapshot, stored) if pair.row.document.id not in snapshot.superseded(query.as_of)
    ]
    standing = [pair for pair in rows if standing_of(pair.row, query.as_of) in (Standing.HOLDS, Standing.OLDER)]
    shown = (standing or rows)[:_MOST]
    statements = [Statement(pair.row.citation.quote, pair.row.citation, Role.ANSWER) for pair in shown]
    values = [value for pair in shown for value in _values(pair)]
    others = tuple(one for one in considered.statements if one.citation not in {told.citation for told in statements})
    return replace(
        considered, statements=(*statements, *others)[: _MOST + len(statements)], values=tuple(values), form=Form.VALUE,
        choice=None,
    )  # fmt: skip


def asks_of_pair(
    reader: Reader, embedder: Embedder, kinds: Mapping[Wants, float], text: str, codes: Sequence[Code]
) -> bool:
    """Whether a query asks if two codes may be reported together, or nothing but what the codes are."""
    bare = text
    for code in codes:
        bare = bare.replace(code.value, CODE)
    bare = " ".join(bare.replace(CODE, "this code").split())
    vector = embedder.embed_query(bare)
    near = embedder.embed([*_ON_PAIRS, _ON_CODES]) @ vector
    one, other = codes[0].value, codes[1].value
    read = reader.read(text, [told.format(one=one, other=other) for told in (_PAIR, *_NO_PAIR)])
    nearer = float(np.max(near[:-1]) - near[-1])
    return _NEAR * nearer + read[0] - max(read[1:]) + _YES_NO * kinds.get(Wants.YES_NO, 0.0) >= _ASKED


def _values(pair: PairRow) -> list[TableValue]:
    """The indicator of a pair in words, its days and its reason; each as the row writes it."""
    row, found = pair.row, []
    for part in (Part.BYPASS, Part.STARTS, Part.ENDS, Part.RATIONALE):
        cell = row.cells.get(part, "").strip()
        if cell and cell in row.citation.quote:
            meaning = f"{pair_words(row, pair.first, pair.second)}." if part is Part.BYPASS else None
            found.append(TableValue(pair.second, row.names[part], cell, meaning, row.citation))
    return found
