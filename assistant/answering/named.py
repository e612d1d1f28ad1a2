"""What a query that names a code gets: the section asked for, or what its documents say of the words of the query."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from assistant.answering.considered import Considered
from assistant.answering.grounds import weight_of
from assistant.answering.questions import Question
from assistant.answering.quoting import Scored, best_sentences, cite_entry, row_statement, sentence_statements
from assistant.answering.statements import QUOTED_SENTENCES
from assistant.calibration import Asked, Told, measure_named, named_confidence, why_unsupported
from assistant.library import StoredPassage
from assistant.retrieval.in_force import entries_in_force
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Candidate, NearestCode, Query, Statement

_OPENING = {"short-description", "plain-language", "lead"}
# Cues of these are in many questions that are after something else ("what is", "how is", "included").
_WIDE = {"short-description", "full-description", "guidelines", "important"}
# What a code includes stands wherever the work is described: a sentence that holds more of the words goes first.
_OF_RULES = {"guidelines", "important"}


def about(snapshot: Snapshot, query: Query, question: Question) -> Considered:
    """The statements of the section asked for, else those that hold the question's words; refused if none does."""
    weight = weight_of(snapshot, question.rest)
    entries = entries_in_force(snapshot, question.held, query)
    statements: list[Statement] = []
    candidates: list[Candidate] = []
    told: list[Told] = []
    for code in question.held[: query.limit]:
        entry = entries[code][0]
        stored = snapshot.passages_about(entry.entry.code, entry.document.id)
        stored = tuple(item for item in stored if item.passage.body_text.strip())
        told.append(Told.of(stored, snapshot.terms))
        statements += _section(snapshot, question, weight, stored)
        citations = (cite_entry(snapshot, entry),)
        candidates.append(Candidate(entry.entry.code, entry.entry.title, 1.0, 1.0, None, citations))
    support = measure_named(Asked(question.rest, question.granted, question.wanted), told, snapshot.lexis())
    sure = named_confidence(support)
    shown = tuple(replace(candidate, confidence=sure) for candidate in candidates)
    nearest = tuple(NearestCode(candidate.code, candidate.title) for candidate in shown[:3])
    near = frozenset().union(*(item.everything for item in told))
    lacking = partial(why_unsupported, question.rest, near, "\n".join(item.text for item in told), snapshot.lexis())
    return Considered(support, sure, tuple(statements), shown, nearest, lacking, tuple(statements[:3]))


def _section(
    snapshot: Snapshot, question: Question, weight: Mapping[str, float], stored: Sequence[StoredPassage]
) -> list[Statement]:
    scored = best_sentences(stored, weight, snapshot.terms) if weight else []
    asked = [section for section in question.sections if any(item.passage.section == section for item in stored)]
    if asked:
        wanted = [asked[0], *(section for section in asked[1:] if section not in _WIDE)]
        whole = [_whole(stored, section) for section in wanted]
        first = _better(scored, whole[0], weight) if asked[0] in _OF_RULES else []
        return list(dict.fromkeys([*first, *(statement for statements in whole for statement in statements)]))
    rows = [row_statement(item.passage, item.document) for item in stored if item.passage.quote]
    if rows:
        return rows
    if scored:
        return [item.statement for item in scored[:QUOTED_SENTENCES] if item.held]
    opening = [item for item in stored if item.passage.section in _OPENING] or stored[:1]
    return [statement for item in opening for statement in sentence_statements(item.passage, item.document)]


def _whole(stored: Sequence[StoredPassage], section: str) -> list[Statement]:
    there = [item for item in stored if item.passage.section == section]
    return [statement for item in there for statement in sentence_statements(item.passage, item.document)]


def _better(scored: Sequence[Scored], section: Sequence[Statement], weight: Mapping[str, float]) -> list[Statement]:
    """The sentences that hold more of the question's words than any of the section."""

    def held(item: Scored) -> float:
        return math.fsum(weight[term] for term in item.held)

    of_section = set(section)
    least = max((held(item) for item in scored if item.statement in of_section), default=0.0)
    return [item.statement for item in scored[:QUOTED_SENTENCES] if held(item) > least]
