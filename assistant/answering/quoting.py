"""Slices citations and statements out of passages; nothing here writes a word of its own."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.language.sentences import split_sentences, trimmed
from assistant.library import StoredEntry, StoredPassage
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Citation, DocumentInfo, Passage, Statement
from assistant.types.codes import Code

_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Scored:
    """A statement, its worth for a query, and the query's terms it holds."""

    statement: Statement
    worth: float
    held: frozenset[str]


def cite(passage: Passage, document: DocumentInfo, start: int, end: int) -> Citation:
    """A citation of [start, end) of a passage's text."""
    return Citation(
        document_id=document.id,
        document_title=document.title,
        document_sha256=document.sha256,
        edition=document.edition,
        passage_id=passage.id,
        section=passage.section_title,
        page=passage.page,
        start=passage.start + start,
        end=passage.start + end,
        quote=passage.text[start:end],
        location=passage.location,
    )


def sentence_statements(passage: Passage, document: DocumentInfo) -> list[Statement]:
    """A passage's body as statements, sentence by sentence."""
    spans = split_sentences(passage.text, *passage.body)
    citations = [cite(passage, document, start, end) for start, end in spans]
    return [Statement(citation.quote, citation) for citation in citations]


def paragraph_statements(passage: Passage, document: DocumentInfo) -> list[Statement]:
    """A passage's body as statements, paragraph by paragraph: an example stands whole."""
    begin, finish = passage.body
    spans = (trimmed(passage.text, *line.span()) for line in _LINE.finditer(passage.text, begin, finish))
    citations = [cite(passage, document, *span) for span in spans if span]
    return [Statement(citation.quote, citation) for citation in citations]


def row_statement(passage: Passage, document: DocumentInfo) -> Statement:
    """A table's row, from its code to the end of its description."""
    assert passage.quote is not None
    citation = cite(passage, document, passage.quote[0] - passage.start, passage.quote[1] - passage.start)
    return Statement(citation.quote, citation)


def cite_mention(code: Code, item: StoredPassage) -> tuple[Citation, ...]:
    """The sentences of a narrative in which a code is named, at least one."""
    passage = item.passage
    places = [mention.start for mention in passage.mentions if mention.code.value == code.value]
    sentences = [
        cite(passage, item.document, start, end)
        for start, end in split_sentences(passage.text, *passage.body)
        if any(start <= at < end for at in places)
    ]
    at = passage.start + places[0]
    return tuple(sentences) or (cite_span(item, at, at + len(code.value)),)


def _without_marks(text: str, start: int, end: int, at: int) -> tuple[int, int]:
    """A span without the heading marks it opens with."""
    while start < at and text[start] in "#*> \t":
        start += 1
    return start, end


def cite_span(item: StoredPassage, start: int, end: int) -> Citation:
    """The sentence around [start, end) of the document's text, which lies in this passage; a row's whole quote."""
    passage = item.passage
    if passage.quote:
        return row_statement(passage, item.document).citation
    at = start - passage.start
    line_start = passage.text.rfind("\n", 0, at) + 1
    line_end = passage.text.find("\n", at)
    sentences = split_sentences(passage.text, line_start, len(passage.text) if line_end < 0 else line_end)
    span = next((span for span in sentences if span[0] <= at < span[1]), (at, end - passage.start))
    return cite(passage, item.document, *_without_marks(passage.text, *span, at))


def cite_entry(snapshot: Snapshot, entry: StoredEntry) -> Citation:
    """The sentence in which a document names its code. Raises UnknownDocument where the document is gone."""
    start, end = entry.entry.start, entry.entry.end
    return cite_span(snapshot.passage_at(entry.document.id, start), start, end)


def best_sentences(
    passages: Sequence[StoredPassage], weight: Mapping[str, float], terms: Callable[[str], list[str]]
) -> list[Scored]:
    """The sentences of prose passages by the weight of the terms they hold, best first.

    Among equals the passage given first leads, then the shorter sentence.
    """
    scored = []
    for order, item in enumerate(passages):
        if item.passage.quote:
            continue
        for statement in sentence_statements(item.passage, item.document):
            held = frozenset(term for term in terms(statement.text) if term in weight)
            worth = math.fsum(weight[term] for term in held) / (1 + 0.002 * len(statement.text)) - 0.01 * order
            scored.append(Scored(statement, worth, held))
    scored.sort(key=lambda s: (-s.worth, s.statement.citation.document_id, s.statement.citation.start))
    return scored
