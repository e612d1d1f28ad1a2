"""The verbatim sentences that an answer to a described query shows: for each code, and for the query as a whole."""

from collections.abc import Mapping, Sequence

from assistant.answering.guides import Guides
from assistant.answering.quoting import best_sentences, cite_entry, cite_mention, row_statement
from assistant.library import StoredPassage
from assistant.retrieval.in_force import Entries
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Candidate, Citation, Evidence, Statement

QUOTED_SENTENCES = 3
# Sentences of the leading code, and sections of guidance with one sentence each, by which of the two stands first. On
# the calibration split of eval/starter the right section is then quoted for .91 of the guideline questions, in six
# sentences, and questions for codes get one sentence of guidance.
_CODE_FIRST, _GUIDANCE_FIRST = (QUOTED_SENTENCES, 4), (1, 5)


def candidate_of(
    snapshot: Snapshot, item: Evidence, confidence: float, weight: Mapping[str, float], entries: Entries
) -> Candidate:
    """A code with the sentences that speak for it, and where its document names it."""
    passages = [StoredPassage(hit.passage, hit.document) for hit in item.hits[:3]]
    first = passages[0].passage
    citations: list[Citation]
    entry = next(iter(entries.get(item.code.bare, ())), None)
    if first.quote:
        citations = [row_statement(first, passages[0].document).citation]
        if entry and item.code.value not in citations[0].quote:
            citations.append(cite_entry(snapshot, entry))  # a later piece of a long row
    elif first.code is None:
        citations = [cite_mention(item.code, passages[0])]
    else:
        best = best_sentences(passages, weight, snapshot.terms)[:QUOTED_SENTENCES]
        citations = [scored.statement.citation for scored in best]
        citations += [cite_entry(snapshot, entry)] if entry else []
    unique = tuple(dict.fromkeys(citations))
    title = item.title or str(item.code)
    return Candidate(item.code, title, confidence, item.score, item.distinction, unique, item.differences)


def statements_of(
    snapshot: Snapshot, guides: Guides, evidence: Sequence[Evidence], weight: Mapping[str, float]
) -> tuple[Statement, ...]:
    """The sentences that answer best: of the leading code's passages, and one of each section of guidance."""
    leading = [StoredPassage(hit.passage, hit.document) for hit in (evidence[0].hits[:4] if evidence else ())]
    rows = [row_statement(item.passage, item.document) for item in leading if item.passage.quote]
    told = [scored.statement for scored in best_sentences(leading, weight, snapshot.terms)]
    sentences, sections = _GUIDANCE_FIRST if guides.lead else _CODE_FIRST
    of_code = [*rows, *told][:sentences]
    of_guidance = [
        scored.statement
        for section in guides.sections[:sections]
        for scored in best_sentences(section, guides.weight, snapshot.terms)[:1]
    ]
    return tuple(dict.fromkeys(of_guidance + of_code if guides.lead else of_code + of_guidance))
