"""What a query that names a code gets: the statements about it that answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assistant.answering.considered import Considered
from assistant.answering.grounds import reason_of, supported, weight_of
from assistant.answering.judging import Near, Read, quoted_of, read_statements
from assistant.answering.questions import Question
from assistant.answering.quoting import cite_entry, row_statement, sentence_statements
from assistant.calibration import confidence
from assistant.embedding import Vectors, WantsHead
from assistant.library import StoredEntry, StoredPassage
from assistant.reader import Reader
from assistant.retrieval.in_force import entries_in_force
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Candidate, Form, NearestCode, Query, Statement, Wants

_OPENING = {"short-description", "plain-language", "lead"}
# So many statements of a page are read: about half of what a code page has.
_READ = 16


def about(
    snapshot: Snapshot,
    reader: Reader,
    embed: Callable[[str], Vectors],
    head: WantsHead | None,
    query: Query,
    question: Question,
) -> Considered:
    """The statements about the codes that answer the query; the opening of each where nothing else is asked."""
    weight = weight_of(snapshot, question.rest)
    entries = entries_in_force(snapshot, question.held, query)
    opening: list[Statement] = []
    candidates: list[Candidate] = []
    near: list[Near] = []
    vector = embed(query.text) if weight else None
    for code in question.held[: query.limit]:
        entry = entries[code][0]
        stored = snapshot.passages_about(entry.entry.code, entry.document.id)
        stored = tuple(item for item in stored if item.passage.body_text.strip())
        opening += _opening(stored)
        if vector is not None:
            near += _near(snapshot, vector, entry)
        citations = (cite_entry(snapshot, entry),)
        candidates.append(Candidate(entry.entry.code, entry.entry.title, 1.0, 1.0, None, citations))
    read = Read((), {})
    kinds: Mapping[Wants, float] = {}
    if vector is not None:
        kinds = head(vector) if head else {}
        read = read_statements(reader, snapshot, query.text, vector, weight, near, (), {}, 0.0, count=_READ)
    support = supported(snapshot, question.rest, read, kinds.get(Wants.CODE, 0.0), named=question.held)
    # A code and nothing else is always answered.
    sure = confidence(support) if weight else 1.0
    shown = tuple(replace(candidate, confidence=sure) for candidate in candidates)
    statements = quoted_of(read) or tuple(opening)
    wants = max(kinds, key=lambda one: kinds[one]) if kinds else None
    return Considered(
        support,
        sure,
        statements,
        shown,
        tuple(NearestCode(candidate.code, candidate.title) for candidate in shown[:3]),
        reason_of(snapshot, question.rest, question.held),
        statements[:3],
        # The code that is asked about must not look like a yes.
        form=Form.RULE if wants is Wants.YES_NO else Form.CODE,
        wants=wants,
        read=read,
    )


def _near(snapshot: Snapshot, vector: Vectors, entry: StoredEntry) -> list[Near]:
    """The passages of an entry's document about its code, with their cosines."""
    found = snapshot.passages(snapshot.keys_of([entry.entry.code]))
    own = {
        key: stored
        for key, stored in found.items()
        if stored.document.id == entry.document.id and stored.passage.code == entry.entry.code
    }
    cosines = snapshot.similarities(vector, list(own))
    return [Near(key, stored, cosines.get(key, 0.0)) for key, stored in own.items()]


def _opening(stored: Sequence[StoredPassage]) -> list[Statement]:
    """What a code is, in the words of its document."""
    rows = [row_statement(item.passage, item.document) for item in stored if item.passage.quote]
    opening = [item for item in stored if item.passage.section in _OPENING] or stored[:1]
    return rows or [each for item in opening for each in sentence_statements(item.passage, item.document)]
