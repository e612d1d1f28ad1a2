"""What a query that names a code gets: the statements about it that answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assistant.answering.considered import Considered
from assistant.answering.grounds import reason_of, supported, weight_of
from assistant.answering.judging import ANSWERS, QUOTED, Judged, Read, quoted_of, read_statements
from assistant.answering.naming import named_in, naming, read_beside, read_ends, read_rows, spoken_of
from assistant.answering.questions import Question
from assistant.answering.quoting import cite_entry, cite_mention, row_statement, sentence_statements
from assistant.calibration import confidence
from assistant.embedding import Vectors, WantsHead
from assistant.library import StoredPassage
from assistant.reader import Reader
from assistant.retrieval.in_force import entries_in_force
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Candidate, Citation, Form, NearestCode, Query, Statement, Wants
from assistant.types.codes import Code

_OPENING = {"short-description", "plain-language", "lead"}
# So many statements of a page are read: about half of what a code page has.
_READ = 16
# What names two codes of a query goes first from this logit on.
_NEAR_AN_ANSWER = -2.0


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
    for code in question.held[: query.limit]:
        found = entries.get(code.bare, ())
        if found:
            entry = found[0]
            stored = snapshot.passages_about(entry.entry.code, entry.document.id)
            opening += _opening(tuple(item for item in stored if item.passage.body_text.strip()))
            citations: tuple[Citation, ...] = (cite_entry(snapshot, entry),)
        else:
            told = _told(code, naming(snapshot, code, query))
            opening += [Statement(citation.quote, citation) for citation in told]
            citations = told[:QUOTED]
        called = found[0].entry if found else None
        named, title = (called.code, called.title) if called else (code, "")
        candidates.append(Candidate(named, title or str(code), 1.0, 1.0, None, citations))
    read = Read((), {})
    statements: tuple[Statement, ...] = ()
    kinds: Mapping[Wants, float] = {}
    if weight:
        vector = embed(query.text)
        kinds = head(vector) if head else {}
        asked = query if query.about is None else replace(query, text=_asked_of(query.text, candidates))
        read = _read(snapshot, reader, asked, question.held[: query.limit], vector, weight)
        statements = quoted_of(read)
        if kinds and max(kinds, key=lambda one: kinds[one]) is Wants.ASPECT:
            statements = quoted_of(_one_place_first(read))
        first = read.statements[0] if read.statements else None
        if first and first.statement.text not in {one.text for one in statements}:
            # It names both codes, and others answer better.
            statements = (first.statement, *statements)[:QUOTED]
    support = supported(snapshot, question.rest, read, kinds.get(Wants.CODE, 0.0), named=question.held)
    # A code and nothing else is always answered.
    sure = confidence(support) if weight else 1.0
    shown = tuple(replace(candidate, confidence=sure) for candidate in candidates)
    statements = statements or tuple(opening)
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


def _asked_of(text: str, candidates: Sequence[Candidate]) -> str:
    """A follow-up as the reader understands it: "which documentation does it need?" says not what "it" is."""
    called = "; ".join(f"{candidate.code.system} {candidate.code.value} {candidate.title}" for candidate in candidates)
    return f"{text} ({called})"


def _read(
    snapshot: Snapshot,
    reader: Reader,
    query: Query,
    codes: Sequence[Code],
    vector: Vectors,
    weight: Mapping[str, float],
) -> Read:
    """The statements and rows that speak of the codes, best first; what names two of them goes before the others, if it
    comes near an answer."""
    spoken = spoken_of(snapshot, codes, vector, query)
    prose = read_statements(reader, snapshot, query.text, vector, weight, spoken.prose, (), {}, 0.0, count=_READ)
    judged = read_ends(reader, query.text, codes, prose.statements)
    judged += read_beside(reader, query.text, spoken.beside, codes)
    judged += read_rows(reader, query.text, spoken.rows)
    judged.sort(key=lambda item: (not _is_of_all(item, codes), -item.answers))
    return Read(tuple(judged), {})


def _is_of_all(item: Judged, codes: Sequence[Code]) -> bool:
    return len(codes) > 1 and named_in(item, codes) > 1 and item.answers >= _NEAR_AN_ANSWER


def _one_place_first(read: Read) -> Read:
    """An aspect is a part of a page: what comes near an answer there goes before what other places say."""
    best = read.statements[0].statement.citation if read.statements else None
    if best is None:
        return read

    def elsewhere(item: Judged) -> bool:
        here = item.statement.citation
        same = (here.document_id, here.section) == (best.document_id, best.section)
        return not (same and item.answers >= _NEAR_AN_ANSWER)

    ordered = sorted(read.statements, key=elsewhere)
    told = (item if elsewhere(item) else replace(item, answers=max(item.answers, ANSWERS)) for item in ordered)
    return Read(tuple(told), {})


def _told(code: Code, passages: Sequence[StoredPassage]) -> tuple[Citation, ...]:
    """Where a code that no document is about is named."""
    found: dict[Citation, None] = {}
    for item in passages[:_READ]:
        row = item.passage.quote is not None
        cited = (row_statement(item.passage, item.document).citation,) if row else cite_mention(code, item)
        found.update(dict.fromkeys(cited))
    return tuple(found)


def _opening(stored: Sequence[StoredPassage]) -> list[Statement]:
    """What a code is, in the words of its document."""
    rows = [row_statement(item.passage, item.document) for item in stored if item.passage.quote]
    opening = [item for item in stored if item.passage.section in _OPENING] or stored[:1]
    return rows or [each for item in opening for each in sentence_statements(item.passage, item.document)]
