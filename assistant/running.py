"""Puts one evaluation query to the assistant, or to one of its searches alone, and notes what came back."""

import re
import time
from collections.abc import Sequence
from typing import Any, assert_never

from assistant.answering import Assistant
from assistant.evaluation import RunLine
from assistant.types import Answer, Candidate, Query, Refusal

_DEPTH = 50
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


def _codes(candidates: Sequence[Candidate]) -> tuple[dict[str, Any], ...]:
    return tuple({"code": str(c.code), "confidence": round(c.confidence, 4), "score": c.score} for c in candidates)
