"""Judges what would be answered to a query: right, or wrong."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from assistant.answering import Assistant, Considered
from assistant.calibration.certificate import Judged
from assistant.types import Query

# A passage is judged by its section: the second piece of a long section counts as the section.
_PIECE = re.compile(r"\.\d+$")


def is_right(considered: Considered, answerable: bool, relevant: AbstractSet[str], *, strictly: bool = False) -> bool:
    """Whether an answer would be right.

    Wrong is an answer to a query that cannot be answered, and an answer in which nothing that is judged relevant
    (`CPT:20972`, `PASSAGE:document#section`) is among the candidates shown or the passages quoted; `strictly`, in which
    neither the first candidate nor the first quote is.
    """
    if not answerable:
        return False
    codes = [str(candidate.code.bare) for candidate in considered.candidates]
    quotes = [f"PASSAGE:{_PIECE.sub('', statement.citation.passage_id)}" for statement in considered.statements]
    if strictly:
        codes, quotes = codes[:1], quotes[:1]
    return not relevant.isdisjoint(codes + quotes)


def judge(assistant: Assistant, queries: Sequence[tuple[str, bool, AbstractSet[str]]]) -> list[Judged]:
    """Each query (text, answerable, relevant) as the gate sees it; what names only codes not held is refused anyway."""
    judged = []
    for text, answerable, relevant in queries:
        considered = assistant.consider(Query(text))
        if considered is None or not (considered.statements or considered.candidates):
            judged.append(Judged(0.0, False, answerable))
        else:
            judged.append(Judged(considered.confidence, is_right(considered, answerable, relevant), answerable))
    return judged
