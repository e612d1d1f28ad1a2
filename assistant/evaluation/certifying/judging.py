"""Judges what would be answered to a query: right, or wrong."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from assistant.answering import Assistant, Considered
from assistant.calibration import fair_confidence
from assistant.calibration.certificate import Judged
from assistant.evaluation import sections_of, shows_right
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Query

# Is told how many queries of how many have been judged.
Watched = Callable[[int, int], None]


def nobody(done: int, of: int) -> None:
    """For when nobody watches."""


def is_right(considered: Considered, answerable: bool, relevant: AbstractSet[str]) -> bool:
    """Whether an answer would be right.

    Wrong is an answer to a query that cannot be answered, and one that does not show what is relevant first (see
    `shows_right`).
    """
    codes = [str(candidate.code.bare) for candidate in considered.candidates]
    sections = sections_of(statement.citation.passage_id for statement in considered.statements)
    quoted = [f"PASSAGE:{section}" for section in sections]
    choice = [str(code) for code in considered.choice.codes] if considered.choice else []
    return answerable and shows_right(codes, quoted, relevant, choice)


def judge(
    assistant: Assistant,
    snapshot: Snapshot,
    queries: Sequence[tuple[str, bool, AbstractSet[str]]],
    watch: Watched = nobody,
) -> list[Judged]:
    """Each query (text, answerable, relevant) as the gate sees it; what names only codes not held is refused anyway.

    A query that the gate was fitted on is judged by weights that were fitted without it.
    """
    judged: list[Judged] = []
    for text, answerable, relevant in queries:
        watch(len(judged), len(queries))
        considered = assistant.considered(Query(text), snapshot)
        if considered is None or not (considered.statements or considered.candidates):
            judged.append(Judged(0.0, False, answerable))
        else:
            sure = fair_confidence(text, considered.support)
            judged.append(Judged(sure, is_right(considered, answerable, relevant), answerable))
    return judged
