"""The verbatim sentences that an answer to a described query shows: for each code, and for the query as a whole."""

from collections.abc import Mapping, Sequence

from assistant.answering.in_force import Entries
from assistant.library import Library, StoredPassage
from assistant.quoting import best_sentences, cite_entry, cite_mention, row_statement
from assistant.types import Candidate, Citation, Evidence, Hit, Statement

QUOTED_SENTENCES = 3
# Of the guidance among the best hits, one sentence is quoted from each of so many sections. On the calibration split
# the right section is then quoted for .71 of the guideline questions (.46 with the eight best hits), and questions for
# codes get .9 such sentences. Guidance stands first where four of the twenty best hits are prose (.45 and .04 of them).
_GUIDANCE_AMONG, _GUIDANCE = 30, 4
_LEADS_AMONG, _LEADS = 20, 4


def candidate_of(
    library: Library, item: Evidence, confidence: float, weight: Mapping[str, float], entries: Entries
) -> Candidate:
    """A code with the sentences that speak for it, and where its document names it."""
    passages = [StoredPassage(hit.passage, hit.document) for hit in item.hits[:3]]
    first = passages[0].passage
    citations: list[Citation]
    entry = next(iter(entries.get(item.code.bare, ())), None)
    if first.quote:
        citations = [row_statement(first, passages[0].document).citation]
        if entry and item.code.value not in citations[0].quote:
            citations.append(cite_entry(library.store, entry))  # a later piece of a long row
    elif first.code is None:
        citations = [cite_mention(item.code, passages[0])]
    else:
        best = best_sentences(passages, weight, library.terms)[:QUOTED_SENTENCES]
        citations = [scored.statement.citation for scored in best]
        citations += [cite_entry(library.store, entry)] if entry else []
    unique = tuple(dict.fromkeys(citations))
    return Candidate(item.code, item.title or str(item.code), confidence, item.score, item.distinction, unique)


def statements_of(
    library: Library, hits: Sequence[Hit], evidence: Sequence[Evidence], weight: Mapping[str, float]
) -> tuple[Statement, ...]:
    """The sentences that answer best: of the leading code's passages, and one of each section of guidance."""
    sections: dict[tuple[str, str], StoredPassage] = {}
    for hit in hits[:_GUIDANCE_AMONG]:
        if _is_guidance(hit) and hit.score > 0:  # above the mean of all that was found
            place = hit.document.id, hit.passage.section
            sections.setdefault(place, StoredPassage(hit.passage, hit.document))
    leading = [StoredPassage(hit.passage, hit.document) for hit in (evidence[0].hits[:4] if evidence else ())]
    rows = [row_statement(item.passage, item.document) for item in leading if item.passage.quote]
    told = [scored.statement for scored in best_sentences(leading, weight, library.terms)]
    of_code = [*rows, *told][:QUOTED_SENTENCES]
    of_guidance = [
        scored.statement
        for item in list(sections.values())[:_GUIDANCE]
        for scored in best_sentences([item], weight, library.terms)[:1]
    ]
    guidance_leads = not evidence or sum(map(_is_guidance, hits[:_LEADS_AMONG])) >= _LEADS
    ordered = of_guidance + of_code if guidance_leads else of_code + of_guidance
    return tuple(dict.fromkeys(ordered))


def _is_guidance(hit: Hit) -> bool:
    """Whether a hit is prose about no code in particular."""
    return hit.passage.code is None and hit.passage.quote is None
