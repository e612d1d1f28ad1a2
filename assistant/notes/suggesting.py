"""From an operative note to candidates: reads it, asks the library once per statement, merges what came back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.answering import Assistant
from assistant.answering.cited import citations_of
from assistant.answering.quoting import best_sentences, cite_entry, row_statement
from assistant.calibration import content_terms, rarity
from assistant.errors import InputError
from assistant.language.oppositions import stand_of
from assistant.language.quantities import Dimension
from assistant.library import StoredEntry
from assistant.notes import Kind, Note, NotePart, read_note
from assistant.notes.page_advice import Heeded, heed
from assistant.notes.pair_features import Called, Spoken
from assistant.notes.pair_model import Model, Weighed, choose, merged_evidence, shipped_model, weigh
from assistant.notes.sizes import leading, read_sizes, spinal_levels
from assistant.retrieval.in_force import entries_in_force
from assistant.retrieval.snapshot import Snapshot
from assistant.types import (
    Assertion,
    Candidate,
    Citation,
    NearestCode,
    NoteCandidate,
    NoteEvidence,
    NoteRefusal,
    NoteStatement,
    Query,
    RankedCode,
    Refusal,
    RefusalReason,
    StatementOutcome,
    Suggestion,
)
from assistant.types.codes import Code

LONGEST_NOTE = 400_000
_DEPTH = 30
_CONSIDERED = 40
_FAMILIES = 12
# So many procedure lines are asked by themselves, for so many codes each; a longer line is prose.
_LINES, _ASKED, _LONGEST_LINE = 12, 10, 400
_ANSWERED = 0.5
_ITEM = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[-*•]|[a-z][.)])\s+")
_SHARED = 60.0
_QUOTED = 2
_EVIDENCE_SHARE, _MOST_EVIDENCE = 0.8, 2
_NOT_DONE = (Assertion.PERFORMED, Assertion.NEGATED)
_MENTIONED = (Kind.HISTORY, Kind.PLAN)


@dataclass(frozen=True, slots=True)
class Considered:
    """A note as read, what it says, and the codes that were weighed for it, best first."""

    note: Note
    parts: tuple[NotePart, ...]
    spoken: Spoken
    weighed: tuple[Weighed, ...]
    entries: Mapping[Code, StoredEntry]
    asked: Mapping[Code, float]


def suggest(assistant: Assistant, text: str, query: Query) -> Suggestion | NoteRefusal:
    """Candidates for a note, or a refusal. `query` carries limit, systems and date of service; its text is not used.

    Raises InputError for an empty or endless note, without a word of it.
    """
    if not text.strip():
        raise InputError("the note is empty; give the text of an operative note")
    if len(text) > LONGEST_NOTE:
        raise InputError(f"the note is longer than {LONGEST_NOTE:,} characters; give one operation at a time")
    return assistant.standing(lambda snapshot: _suggested(assistant, snapshot, text, query), _cited)


def _cited(response: Suggestion | NoteRefusal) -> Iterator[Citation]:
    """All that a response to a note cites."""
    if isinstance(response, NoteRefusal):
        yield from citations_of(response.refusal)
        return
    for found in response.candidates:
        yield from found.candidate.citations
        yield from (requirement.statement.citation for requirement in found.requirements)
        yield from (caution.citation for caution in found.cautions)


def _suggested(assistant: Assistant, snapshot: Snapshot, text: str, query: Query) -> Suggestion | NoteRefusal:
    if not len(snapshot):
        return _refuse(snapshot, RefusalReason.EMPTY_LIBRARY, ())
    model = shipped_model()
    considered = consider(assistant, snapshot, text, query, model)
    chosen = choose(considered.weighed, model.threshold)[: query.limit]
    proposed = _answered(assistant, snapshot, considered, chosen, query)
    candidates = [_candidate(snapshot, considered, item) for item in proposed]
    statements = _statements(considered, candidates)
    if not candidates:
        return _refuse(snapshot, _reason(considered), statements, considered)
    proposed_entries = {item.code: considered.entries[item.code] for item in proposed}
    heeded = heed(snapshot, query, considered.note, proposed_entries)
    proposed_codes = {item.code for item in proposed}
    following = [item for item in considered.weighed if item.code not in proposed_codes]
    return Suggestion(
        statements,
        tuple(_with(pair, heeded) for pair in candidates),
        _nearest(considered, following[: max(0, query.limit - len(proposed))]),
        snapshot.stamp(),
        _ranking([*proposed, *following]),
    )


def _answered(
    assistant: Assistant, snapshot: Snapshot, considered: Considered, proposed: Sequence[Weighed], query: Query
) -> list[Weighed]:
    """Those codes for which a statement of the note speaks that would be answered as a query, by the same gate.

    Of the calibration notes every right code stays (the least confident statement behind one has .68); a statement that
    names what the documents never hold ("rhinoplasty with rib graft") proposes nothing by its other words.
    """
    answers: dict[int, Mapping[Code, float]] = {}

    def answer(at: int) -> Mapping[Code, float]:
        if at not in answers:
            text = _ITEM.sub("", considered.note.quote(considered.parts[at])).strip()[:_LONGEST_LINE]
            found = assistant.considered(replace(query, text=text, limit=_ASKED), snapshot) if text else None
            answers[at] = {c.code: found.confidence for c in found.candidates} if found else {}
        return answers[at]

    def spoken_for(item: Weighed) -> bool:
        evidence = merged_evidence(item, considered.spoken, share=_EVIDENCE_SHARE, most=_MOST_EVIDENCE)
        return any(answer(at).get(item.code, 0.0) >= _ANSWERED for at in evidence)

    return [item for item in proposed if spoken_for(item)]


def _nearest(considered: Considered, items: Sequence[Weighed]) -> tuple[NearestCode, ...]:
    return tuple(NearestCode(item.code, considered.entries[item.code].entry.title or str(item.code)) for item in items)


def _ranking(items: Sequence[Weighed]) -> tuple[RankedCode, ...]:
    return tuple(RankedCode(item.code, item.confidence, item.score) for item in items)


def _with(pair: tuple[Candidate, tuple[NoteEvidence, ...]], heeded: Mapping[Code, Heeded]) -> NoteCandidate:
    candidate, evidence = pair
    found = heeded.get(candidate.code, Heeded((), ()))
    return NoteCandidate(candidate, evidence, found.requirements, found.cautions)


def consider(assistant: Assistant, snapshot: Snapshot, text: str, query: Query, model: Model) -> Considered:
    """Reads a note and weighs the codes near its statements."""
    note = read_note(text)
    parts = tuple(part for part in note.parts if part.reading.said.strip())
    wording = snapshot.wording()
    texts = tuple(wording.reword(part.reading.said) for part in parts)
    vectors = assistant.embedder.embed_queries(texts) if texts else np.zeros((0, 1), np.float32)
    spoken = _spoken(snapshot, note, parts, texts, vectors)
    asked = _asked(assistant, snapshot, note, query)
    codes = list(dict.fromkeys([*asked, *_near_codes(snapshot, spoken, query)]))
    held = entries_in_force(snapshot, codes, query)
    # The siblings of what is near are weighed too: words may name the wrong one of them.
    families = list(dict.fromkeys(held[c.bare][0].family for c in codes if c.bare in held and held[c.bare][0].family))
    held |= entries_in_force(snapshot, snapshot.family_codes(families[:_FAMILIES]), query)
    entries = {of_code[0].entry.code: of_code[0] for of_code in held.values()}
    weighed = weigh(spoken, snapshot.subjects(list(entries)), called_as(snapshot, entries, asked), model)
    return Considered(note, parts, spoken, weighed, entries, asked)


def _asked(assistant: Assistant, snapshot: Snapshot, note: Note, query: Query) -> dict[Code, float]:
    """The confidence in each code when the procedure lines are asked as queries, one by one; the best of all lines."""
    asked: dict[Code, float] = {}
    lines = [part for part in note.parts if part.kind is Kind.TITLE and part.reading.act]
    for part in lines[:_LINES]:
        line = _ITEM.sub("", note.quote(part)).strip()
        if not line or len(line) > _LONGEST_LINE:
            continue
        found = assistant.considered(replace(query, text=line, limit=_ASKED), snapshot)
        for candidate in found.candidates if found else ():
            asked[candidate.code] = max(asked.get(candidate.code, 0.0), candidate.confidence)
    return asked


def called_as(
    snapshot: Snapshot, entries: Mapping[Code, StoredEntry], asked: Mapping[Code, float]
) -> dict[Code, Called]:
    """What the documents call some codes."""
    return {
        code: Called(
            title=entry.entry.title,
            terms=frozenset(content_terms(entry.entry.title, snapshot.terms)),
            description=entry.description,
            family=entry.family,
            asked=asked.get(code, 0.0),
        )
        for code, entry in entries.items()
    }


def _spoken(
    snapshot: Snapshot, note: Note, parts: Sequence[NotePart], texts: tuple[str, ...], vectors: np.ndarray
) -> Spoken:
    performed = [part for part in note.parts if part.reading.assertion is Assertion.PERFORMED]
    context = " ".join(note.quote(part) for part in performed if part.kind not in _MENTIONED)
    terms = tuple(frozenset(content_terms(text, snapshot.terms)) for text in texts)
    wanted = content_terms(" ".join([*texts, context]), snapshot.terms)
    done = " ".join(part.reading.said for part in parts)
    title = ". ".join(part.reading.said for part in parts if part.kind is Kind.TITLE)
    not_done = " ".join(p.reading.denied for p in note.parts if p.reading.assertion in _NOT_DONE)
    interspaces, vertebrae = spinal_levels(done)
    return Spoken(
        texts=texts,
        vectors=vectors,
        terms=terms,
        titled=tuple(part.kind is Kind.TITLE for part in parts),
        weight=rarity(wanted, snapshot.document_frequency, len(snapshot)),
        age=leading(read_sizes(note.text), Dimension.AGE),
        interspaces=len(interspaces),
        vertebrae=len(vertebrae),
        stand=stand_of(f"{context} {done}", denied=not_done, title=title),
    )


def _near_codes(snapshot: Snapshot, spoken: Spoken, query: Query) -> list[Code]:
    """The codes that the searches find near the statements, by reciprocal ranks over all of them."""
    found: dict[int, float] = {}
    for text, vector, titled in zip(spoken.texts, spoken.vectors, spoken.titled, strict=True):
        worth = 2.0 if titled else 1.0
        for hits in (snapshot.search_dense(vector, _DEPTH, query), snapshot.search_lexical(text, _DEPTH, query)):
            for rank, (key, _) in enumerate(hits, start=1):
                found[key] = found.get(key, 0.0) + worth / (_SHARED + rank)
    best = sorted(found, key=lambda key: (-found[key], key))[: 20 * _CONSIDERED]
    scores: dict[Code, float] = {}
    for key, item in snapshot.passages(best).items():
        passage = item.passage
        if passage.code is not None:
            scores[passage.code] = scores.get(passage.code, 0.0) + found[key]
    ordered = sorted(scores, key=lambda code: (-scores[code], code.system, code.value, code.edition or ""))
    return ordered[:_CONSIDERED]


def _candidate(snapshot: Snapshot, considered: Considered, item: Weighed) -> tuple[Candidate, tuple[NoteEvidence, ...]]:
    """A code with the sentences of its document that speak for it, and the statements of the note that do."""
    chosen = merged_evidence(item, considered.spoken, share=_EVIDENCE_SHARE, most=_MOST_EVIDENCE)
    entry = considered.entries[item.code]
    words = content_terms(" ".join(considered.spoken.texts[at] for at in chosen), snapshot.terms)
    weight = rarity(words, snapshot.document_frequency, len(snapshot))
    stored = [
        passage
        for passage in snapshot.passages_about(entry.entry.code, entry.document.id)
        if passage.passage.body_text.strip()
    ]
    rows = [row_statement(p.passage, p.document).citation for p in stored if p.passage.quote][:1]
    told = [scored.statement.citation for scored in best_sentences(stored, weight, snapshot.terms)[:_QUOTED]]
    named = cite_entry(snapshot, entry)
    citations: tuple[Citation, ...] = tuple(dict.fromkeys([*rows, *told, named]))
    title = entry.entry.title or str(item.code)
    candidate = Candidate(item.code, title, item.confidence, item.score, None, citations)
    return candidate, tuple(_evidence(considered, at) for at in chosen)


def _evidence(considered: Considered, at: int) -> NoteEvidence:
    part = considered.parts[at]
    return NoteEvidence(considered.note.parts.index(part), part.start, part.end, considered.note.quote(part))


def _statements(
    considered: Considered, candidates: Sequence[tuple[Candidate, tuple[NoteEvidence, ...]]]
) -> tuple[NoteStatement, ...]:
    """Every statement of the note, and what became of it."""
    note = considered.note
    spoken_for = {evidence.statement for _, found in candidates for evidence in found}
    proposed = {candidate.code for candidate, _ in candidates}
    supported = _supported(considered, proposed)
    statements = []
    for at, part in enumerate(note.parts):
        outcome = StatementOutcome.NOT_A_PROCEDURE
        if at in spoken_for or (part in supported and part.reading.act):
            outcome = StatementOutcome.CANDIDATES
        elif part.reading.act and part.reading.assertion is Assertion.PERFORMED:
            outcome = StatementOutcome.REFUSED
        statements.append(
            NoteStatement(note.quote(part), part.start, part.end, part.heading, part.reading.assertion, outcome)
        )
    return tuple(statements)


def _supported(considered: Considered, proposed: set[Code]) -> set[NotePart]:
    """Statements to which no code is nearer than one of those proposed, or a sibling of it: a step of what was done."""
    if not proposed or not considered.weighed:
        return set()
    families = {considered.entries[code].family or str(code) for code in proposed}
    affinity = np.stack([item.affinity for item in considered.weighed])
    nearest = affinity.argmax(0)
    supported = set()
    for at, part in enumerate(considered.parts):
        code = considered.weighed[int(nearest[at])].code
        if code in proposed or (considered.entries[code].family or str(code)) in families:
            supported.add(part)
    return supported


def _reason(considered: Considered) -> RefusalReason:
    best = considered.weighed[0].confidence if considered.weighed else 0.0
    return RefusalReason.NOT_ENOUGH_EVIDENCE if best >= 0.1 else RefusalReason.OUT_OF_CORPUS


_MESSAGES = {
    RefusalReason.OUT_OF_CORPUS: "Nothing in the library supports a code for what this note says was done.",
    RefusalReason.NOT_ENOUGH_EVIDENCE: "The library has something near what was done, but not enough to propose it.",
    RefusalReason.EMPTY_LIBRARY: "The library is empty; add the documents that candidates shall come from.",
}


def _refuse(
    snapshot: Snapshot,
    reason: RefusalReason,
    statements: tuple[NoteStatement, ...],
    considered: Considered | None = None,
) -> NoteRefusal:
    """A refusal that repeats no word of the note but its statements; `query` stays empty."""
    weighed = considered.weighed if considered else ()
    nearest = _nearest(considered, weighed[:3]) if considered else ()
    confidence = weighed[0].confidence if weighed else 0.0
    refusal = Refusal("", reason, _MESSAGES[reason], confidence, nearest, snapshot.stamp())
    return NoteRefusal(refusal, statements, _ranking(weighed))
