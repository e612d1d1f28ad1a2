"""Puts one evaluation query to the assistant, or to one of its searches alone, and notes what came back."""

import re
import time

from assistant.answering import Assistant
from assistant.evaluation import RunLine
from assistant.types import Answer, Query

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
    answered = isinstance(response, Answer)
    candidates = response.candidates if answered else response.withheld
    quoted = [_PIECE.sub("", statement.citation.passage_id) for statement in response.statements] if answered else []
    return RunLine(
        query_id,
        "answer" if answered else "refusal",
        None if answered else str(response.reason),
        response.confidence,
        passed,
        tuple({"code": str(c.code), "confidence": c.confidence, "score": c.score} for c in candidates),
        tuple(dict.fromkeys(quoted)),
    )
