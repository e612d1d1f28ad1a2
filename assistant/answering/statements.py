"""The verbatim sentences that speak for a code."""

from collections.abc import Mapping

from assistant.answering.quoting import best_sentences, cite_entry, cite_mention, row_statement
from assistant.library import StoredPassage
from assistant.retrieval.in_force import Entries
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Candidate, Citation, Evidence

QUOTED_SENTENCES = 3


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
        citations = list(cite_mention(item.code, passages[0])[:QUOTED_SENTENCES])
    else:
        best = best_sentences(passages, weight, snapshot.terms)[:QUOTED_SENTENCES]
        citations = [scored.statement.citation for scored in best]
        citations += [cite_entry(snapshot, entry)] if entry else []
    unique = tuple(dict.fromkeys(citations))
    title = item.title or str(item.code)
    return Candidate(item.code, title, confidence, item.score, item.distinction, unique, item.differences)
