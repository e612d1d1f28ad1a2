"""Puts evaluation queries to the assistant, or to one of its searches, and records what comes back."""

import datetime
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, assert_never

from assistant.answering import Assistant
from assistant.calibration import certificate_body
from assistant.errors import InputError
from assistant.evaluation import (
    SHOWN,
    EvaluationQuery,
    EvaluationSet,
    Measured,
    RunLine,
    compare,
    load_set,
    report_body,
    sections_of,
)
from assistant.evaluation.notes import NoteLine
from assistant.evaluation.placing import place_marks
from assistant.evaluation.statements import Place
from assistant.ingestion.road import Progress, no_progress
from assistant.notes.suggesting import suggest
from assistant.types import (
    Answer,
    Assertion,
    Candidate,
    Citation,
    NoteRefusal,
    NoteStatement,
    Query,
    Refusal,
    Statement,
    Suggestion,
)
from assistant.types.codes import Code

_DEPTH = 50
_TELLING = 3
_LEXICAL_SHARE = {"bm25": 1.0, "dense": 0.0, "fused": 0.5}


def run_query(assistant: Assistant, query_id: str, text: str, by: str = "assistant") -> RunLine:
    """One line of a run. `by` names the whole road ("assistant") or one search ("bm25", "dense", "fused")."""
    return _ask(assistant, query_id, text) if by == "assistant" else _search(assistant, query_id, text, by)


def _ask(assistant: Assistant, query_id: str, text: str) -> RunLine:
    """What a person is shown, timed as a person waits for it, and the ranking below it.

    For a refusal, these are the codes and passages that were withheld.
    """
    start = time.perf_counter()
    response = assistant.ask(Query(text, limit=SHOWN))
    passed = (time.perf_counter() - start) * 1000
    deeper = assistant.consider(Query(text, limit=_DEPTH))
    below = deeper.candidates if deeper else ()
    match response:
        case Answer():
            codes = _ranked(response.candidates, below)
            quotes = [statement.citation for statement in response.statements]
            passages = _quoted(response.statements)
            quotes += [citation for candidate in response.candidates for citation in candidate.citations]
            return RunLine(
                query_id,
                "answer",
                None,
                response.confidence,
                passed,
                codes,
                passages,
                tuple(quotes),
                statements=_places(response.statements),
                verdict=response.verdict.value if response.verdict else None,
                choice=tuple(str(code.bare) for code in response.choice.codes) if response.choice else (),
            )
        case Refusal():
            codes = _ranked(response.withheld, below)
            withheld = deeper.statements if deeper else ()
            return RunLine(
                query_id,
                "refusal",
                str(response.reason),
                response.confidence,
                passed,
                codes,
                _quoted(withheld),
                statements=_places(withheld),
            )
        case _:
            assert_never(response)


def run_note(assistant: Assistant, query_id: str, text: str) -> tuple[RunLine, NoteLine]:
    """The line of one note in a run, with every ranked code, and the proposed set with its evidence."""
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
            quotes = [citation for found in response.candidates for citation in found.candidate.citations]
            line = RunLine(
                query_id, "suggestion", None, confidence, passed, ranked, quotes=tuple(quotes), proposed=tuple(proposed)
            )
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
    with assistant.snapshot() as snapshot:
        evidence, _ = assistant.search(Query(statement.text, limit=1), 0.5, snapshot)
    return str(evidence[0].code) if evidence else None


def _search(assistant: Assistant, query_id: str, text: str, by: str) -> RunLine:
    start = time.perf_counter()
    with assistant.snapshot() as snapshot:
        evidence, hits = assistant.search(Query(text, limit=_DEPTH), _LEXICAL_SHARE[by], snapshot)
    passed = (time.perf_counter() - start) * 1000
    codes = tuple({"code": str(item.code), "confidence": 0.0, "score": item.score} for item in evidence)
    passages = sections_of([hit.passage.id for hit in hits if hit.passage.code is None])
    return RunLine(query_id, "answer", None, 0.0, passed, codes, passages)


# The kinds of evaluation queries that can be run.
KINDS = ("note", "query")


def run_set(
    assistant: Assistant,
    queries: Sequence[EvaluationQuery],
    by: str = "assistant",
    progress: Progress = no_progress,
    noted: dict[str, NoteLine] | None = None,
) -> dict[str, RunLine]:
    """The run of some queries; `noted` gets the results that only notes have. Raises InputError for an unknown kind."""
    unknown = sorted({query.kind for query in queries} - set(KINDS))
    if unknown:
        raise InputError(f"queries of kind {unknown[0]!r} cannot be put; the kinds are {', '.join(KINDS)}")
    # The indexes and the model are loaded before anything is timed.
    len(assistant.library)
    assistant.embedder.embed_query("warm")
    run: dict[str, RunLine] = {}
    for done, query in enumerate(queries):
        progress("asking", done, len(queries))
        if by != "assistant" or query.kind == "query":
            run[query.id] = run_query(assistant, query.id, query.text, by)
            continue
        run[query.id], line = run_note(assistant, query.id, query.text)
        if noted is not None:
            noted[query.id] = line
    progress("asking", len(queries), len(queries))
    return run


def open_set(assistant: Assistant, path: Path) -> EvaluationSet:
    """An evaluation set, its codes read as the library holds them, its marks placed in the library's documents."""
    evaluation = load_set(path, assistant.systems, lambda codes: held_codes(assistant, codes))
    store = assistant.library.store
    marks, unplaced = place_marks(evaluation.marks, store.listed(), store.text)
    return replace(evaluation, marks=marks, unplaced=unplaced)


def held_codes(assistant: Assistant, codes: Sequence[Code]) -> set[Code]:
    """The codes, of some, for which the library has an entry."""
    return set(assistant.library.store.entries(codes))


def default_split(evaluation: EvaluationSet) -> str:
    """The test split if a set has one, else the whole set."""
    return "test" if any(query.split == "test" for query in evaluation.queries) else "all"


def chosen(evaluation: EvaluationSet, split: str, kind: str) -> tuple[EvaluationQuery, ...]:
    """The queries of one split and kind, or of "all". Raises InputError if there are none."""
    queries = tuple(
        query for query in evaluation.queries if split in (query.split, "all") and kind in (query.kind, "all")
    )
    if not queries:
        splits = ", ".join(sorted({query.split for query in evaluation.queries if kind in (query.kind, "all")}))
        raise InputError(
            f"the set {evaluation.name} has no queries of kind {kind} in split {split}"
            + (f"; its splits are {splits}" if splits else "")
        )
    return queries


def make_report(
    assistant: Assistant,
    evaluation: EvaluationSet,
    queries: tuple[EvaluationQuery, ...],
    run: Mapping[str, RunLine],
    *,
    split: str,
    by: str = "assistant",
    before: Mapping[str, RunLine] | None = None,
) -> dict[str, Any]:
    """The report on a run, every citation of it compared with the library; `before` is a run to compare it with."""
    quotes: list[Citation] = [citation for line in run.values() for citation in line.quotes]
    right = _codes(item for query in queries for item in evaluation.qrels.get(query.id, ()))
    with assistant.snapshot() as snapshot:
        stamp, rule = snapshot.stamp(), assistant.grounds.rule(snapshot)
        held = snapshot.entries(right)
        said = snapshot.entries(_codes(item for line in run.values() for item in line.said))
    comparison = None if before is None else compare(queries, evaluation.qrels, before, run, marks=evaluation.marks)
    return report_body(
        Measured(
            evaluation=evaluation,
            split=split,
            by=by,
            queries=queries,
            run=run,
            library={"generation": stamp.generation, "embedding_model": stamp.embedding_model},
            made=datetime.datetime.now(datetime.UTC),
            checked=len(quotes),
            broken=tuple(assistant.verify(quotes)),
            absent=tuple(str(code) for code in right if code not in held),
            titles={str(code): entries[0].entry.title for code, entries in (held | said).items()},
            threshold=rule.threshold,
            certificate=certificate_body(rule),
            comparison=comparison,
        )
    )


def _codes(items: Iterable[str]) -> list[Code]:
    """The codes among judged or returned items."""
    return [Code(*item.split(":", 1)) for item in sorted(set(items)) if not item.startswith("PASSAGE:") and ":" in item]


def _ranked(shown: Sequence[Candidate], below: Sequence[Candidate]) -> tuple[dict[str, Any], ...]:
    """The codes shown, then those that a longer list adds."""
    seen = {candidate.code for candidate in shown}
    both = [*shown, *(candidate for candidate in below if candidate.code not in seen)]
    return tuple({"code": str(c.code), "confidence": round(c.confidence, 4), "score": c.score} for c in both)


def _quoted(statements: Sequence[Statement]) -> tuple[str, ...]:
    return sections_of([statement.citation.passage_id for statement in statements])


def _places(statements: Sequence[Statement]) -> tuple[Place, ...]:
    cited = [statement.citation for statement in statements]
    return tuple(Place(one.document_id, one.start, one.end) for one in cited)
