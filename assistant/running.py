"""Puts one evaluation query to the assistant, or to one of its searches alone, and notes what came back."""

import re
import time
from collections.abc import Sequence
from typing import Any, assert_never

from assistant.answering import Assistant
from assistant.evaluation import RunLine
from assistant.evaluation.notes import NoteLine
from assistant.suggesting import suggest
from assistant.types import Answer, Assertion, Candidate, NoteRefusal, NoteStatement, Query, Refusal, Suggestion

_DEPTH = 50
_TELLING = 3
_LEXICAL_SHARE = {"bm25": 1.0, "dense": 0.0, "fused": 0.5}
# A passage is judged by its section: the second piece of a long section counts as the section.
_PIECE = re.compile(r"\.\d+$")


def run_query(assistant: Assistant, query_id: str, text: str, by: str = "assistant") -> RunLine:
    """One line of a run. `by` names the whole road ("assistant") or one search ("bm25", "dense", "fused")."""
    start = time.perf_counter()
    if by != "assistant":
        evidence, hits = assistant.search(Query(text, limit=_DEPTH), _LEXICAL_SHARE[by])
        passed = (time.perf_counter() - start) * 1000
        codes = tuple({"code": str(item.code), "confidence": 0.0, "score": item.score} for item in evidence)
        passages = [_PIECE.sub("", hit.passage.id) for hit in hits if hit.passage.code is None]
        return RunLine(query_id, "answer", None, 0.0, passed, codes, tuple(dict.fromkeys(passages)))
    response = assistant.ask(Query(text, limit=_DEPTH))
    passed = (time.perf_counter() - start) * 1000
    match response:
        case Answer():
            quoted = [_PIECE.sub("", statement.citation.passage_id) for statement in response.statements]
            passages_quoted = tuple(dict.fromkeys(quoted))
            return RunLine(
                query_id, "answer", None, response.confidence, passed, _codes(response.candidates), passages_quoted
            )
        case Refusal():
            withheld = _codes(response.withheld)
            return RunLine(query_id, "refusal", str(response.reason), response.confidence, passed, withheld)
        case _:
            assert_never(response)


def run_note(assistant: Assistant, query_id: str, text: str) -> tuple[RunLine, NoteLine]:
    """One note's line of a run, with every ranked code, and what only notes have: the proposed set and its evidence."""
    start = time.perf_counter()
    response = suggest(assistant, text, Query("", limit=10))
    passed = (time.perf_counter() - start) * 1000
    ranked = tuple(
        {"code": str(item.code), "confidence": round(item.confidence, 4), "score": item.score}
        for item in response.ranking
    )
    stray = tuple(
        code for statement in response.statements if (code := _nearest_code(assistant, statement)) is not None
    )
    match response:
        case Suggestion():
            proposed = {
                str(found.candidate.code): tuple((evidence.start, evidence.end) for evidence in found.evidence)
                for found in response.candidates
            }
            confidence = response.candidates[0].candidate.confidence
            line = RunLine(query_id, "suggestion", None, confidence, passed, ranked)
        case NoteRefusal():
            proposed = {}
            refusal = response.refusal
            line = RunLine(query_id, "refusal", str(refusal.reason), refusal.confidence, passed, ranked)
        case _:
            assert_never(response)
    return line, NoteLine(query_id, text, proposed, stray)


def _nearest_code(assistant: Assistant, statement: NoteStatement) -> str | None:
    """The code nearest to a statement of what was not done; None for every other statement."""
    if statement.assertion is Assertion.PERFORMED or len(statement.text.split()) < _TELLING:
        return None
    evidence, _ = assistant.search(Query(statement.text, limit=1), 0.5)
    return str(evidence[0].code) if evidence else None


def _codes(candidates: Sequence[Candidate]) -> tuple[dict[str, Any], ...]:
    return tuple({"code": str(c.code), "confidence": round(c.confidence, 4), "score": c.score} for c in candidates)
