"""The online road: the order of the steps and nothing else."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.calibration import THRESHOLD, content_terms, measure_support, share_confidence
from assistant.codes import Code, CodeSystem, Mention, find_codes, readings
from assistant.embedding import Embedder, load_embedder
from assistant.errors import InputError
from assistant.library import Library, StoredEntry, StoredPassage
from assistant.questions import sections_asked
from assistant.ranking import Identity, gather, tell_apart
from assistant.retrieval import retrieve
from assistant.sentences import split_sentences
from assistant.settings import Settings
from assistant.types import (
    Answer,
    Candidate,
    Citation,
    CodePage,
    DocumentInfo,
    Evidence,
    Hit,
    NearestCode,
    Passage,
    Query,
    Refusal,
    RefusalReason,
    Statement,
)

_IDENTIFIED = 12
_QUOTED_SENTENCES = 3
_NAMED_CONFIDENCE = 0.99
_PAGE_ORDER = (
    "short-description", "guidelines", "modifiers", "medical-necessity", "clinical-responsibility", "important",
    "plain-language", "full-description", "examples", "documentation", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Named:
    """The codes that a query names: those held, and those that the library lacks."""

    held: tuple[Code, ...]
    lacking: tuple[Code, ...]
    rest: str


class Assistant:
    """Answers from one library; the composition root of the online road."""

    def __init__(self, library: Library, embedder: Embedder, settings: Settings) -> None:
        self.library = library
        self._embedder = embedder
        self._settings = settings
        self.systems: tuple[CodeSystem, ...] = settings.systems()

    def ask(self, query: Query) -> Answer | Refusal:
        """The codes and passages that answer a query, or a refusal. Raises InputError for an empty or endless query."""
        if not query.text.strip():
            raise InputError("the query is empty; ask a question or name a procedure")
        if len(query.text) > self._settings.max_query_characters:
            raise InputError(f"the query is longer than {self._settings.max_query_characters} characters; shorten it")
        if not len(self.library):
            return self._refuse(query, RefusalReason.EMPTY_LIBRARY, 0.0, ())
        named = self._named(query)
        if query.about is not None and not self._entries(query.about, query):
            return self._refuse(query, RefusalReason.CODE_NOT_IN_CORPUS, 0.0, (), lacking=(query.about,))
        if named.lacking and not named.held:
            return self._refuse(query, RefusalReason.CODE_NOT_IN_CORPUS, 0.0, (), lacking=named.lacking)
        if named.held:
            found = self._about(query, named)
            if found is not None:
                return found
            return self._refuse(query, RefusalReason.NOT_ENOUGH_EVIDENCE, 0.2, self._nearest(named.held, query))
        return self._search(query)

    # a query that describes

    def _search(self, query: Query) -> Answer | Refusal:
        hits = retrieve(
            self.library,
            self._embedder,
            query,
            depth=self._settings.depth,
            lexical_weight=self._settings.lexical_weight,
        )
        evidence = self._ranked(query, hits)
        support = measure_support(
            query.text, hits, evidence, self.library.terms, self.library.document_frequency, len(self.library)
        )
        confidence = support.confidence
        shares = share_confidence(evidence, confidence)
        candidates = tuple(
            self._candidate(query, item, share)
            for item, share in zip(evidence[: query.limit], shares, strict=False)
        )
        if confidence < THRESHOLD:
            near = support.coverage > 0.5 or support.similarity > 0.5
            reason = RefusalReason.NOT_ENOUGH_EVIDENCE if near else RefusalReason.OUT_OF_CORPUS
            nearest = tuple(NearestCode(item.code, item.title) for item in evidence[:3])
            return self._refuse(query, reason, confidence, nearest, withheld=candidates)
        statements = self._statements(query, hits, evidence)
        if not statements and not candidates:
            return self._refuse(query, RefusalReason.OUT_OF_CORPUS, confidence, ())
        return Answer(query.text, confidence, statements, candidates, self.library.stamp)

    def _ranked(self, query: Query, hits: Sequence[Hit]) -> tuple[Evidence, ...]:
        evidence = gather(hits, query.systems)
        identities: dict[Code, Identity] = {}
        for item in evidence[: max(_IDENTIFIED, query.limit)]:
            entry = self._entry(item.code, query)
            if entry is not None:
                identities[item.code] = self._identity(item.code, entry)
        return self._latest(tell_apart(evidence, query.text, identities, self.library.terms), query)

    def _latest(self, evidence: Sequence[Evidence], query: Query) -> tuple[Evidence, ...]:
        """One edition a code: the newest that the date of service allows, in the place of the best of them."""
        kept: dict[Code, Evidence] = {}
        for item in evidence:
            entry = self._entry(item.code.bare, query)
            edition = entry.entry.code.edition if entry else item.code.edition
            held = kept.get(item.code.bare)
            if held is None:
                kept[item.code.bare] = item
            elif held.code.edition != edition and item.code.edition == edition:
                kept[item.code.bare] = replace(item, score=held.score)
        return tuple(kept.values())

    def _identity(self, code: Code, entry: StoredEntry) -> Identity:
        """The title and the first words that a document describes a code with."""
        described = [
            stored.passage.body_text
            for stored in self.library.store.passages_about(code, entry.document.id)
            if stored.passage.section in {"short-description", "lead"}
        ][:1]
        return Identity(entry.entry.title, " ".join([entry.entry.title, *described]), entry.family)

    # a query that names a code

    def _named(self, query: Query) -> _Named:
        if query.about is not None:
            return _Named((query.about,), (), query.text)
        whole = readings(query.text, self.systems)
        held = tuple(code for code in whole if self._entries(code, query))
        if whole:
            certain = tuple(code for code in whole if _is_code(code, query.text, self.systems))
            if held or certain:
                return _Named(held[:1] if not certain else tuple(c for c in held) or (), () if held else certain[:1], "")
        mentions = self._mentions(query.text)
        held = tuple(dict.fromkeys(m.code for m in mentions if self._entries(m.code, query) and len(m.code.value) > 2))
        places = {(m.start, m.end) for m in mentions if m.code in held}
        lacking = [m for m in mentions if m.certain and m.code not in held and (m.start, m.end) not in places]
        rest = query.text
        for mention in sorted(mentions, key=lambda m: -m.start):
            if len(mention.code.value) > 2 and mention.code in held:
                rest = rest[: mention.start] + " " + rest[mention.end :]
        return _Named(held, tuple(dict.fromkeys(mention.code for mention in lacking)), rest)

    def _mentions(self, text: str) -> tuple[Mention, ...]:
        """Codes in a query, also in lower case: there they count only if the library holds them."""
        found = find_codes(text, self.systems)
        if text != text.upper():
            seen = {(mention.start, mention.end) for mention in found}
            upper = find_codes(text.upper(), self.systems) if len(text.upper()) == len(text) else ()
            found += tuple(
                replace(mention, certain=False) for mention in upper if (mention.start, mention.end) not in seen
            )
        return found

    def _about(self, query: Query, named: _Named) -> Answer | None:
        """Statements of the section that is asked for, else those nearest to the question; None if it has none."""
        asked = sections_asked(named.rest) if named.rest.strip() else ()
        wanted = content_terms(named.rest, self.library.terms)
        statements: list[Statement] = []
        candidates: list[Candidate] = []
        for code in named.held[: max(query.limit, 1)]:
            entry = self._entries(code, query)[0]
            stored = self.library.store.passages_about(code, entry.document.id)
            statements += self._section_statements(asked, wanted, stored)
            citations = (self._cite_entry(entry, stored),)
            candidates.append(
                Candidate(entry.entry.code, entry.entry.title, _NAMED_CONFIDENCE, 1.0, None, citations)
            )
        if not statements:
            return None
        return Answer(query.text, _NAMED_CONFIDENCE, tuple(statements), tuple(candidates), self.library.stamp)

    def _section_statements(
        self, asked: Sequence[str], wanted: Sequence[str], stored: Sequence[StoredPassage]
    ) -> list[Statement]:
        searchable = [item for item in stored if item.passage.body_text.strip()]
        for section in asked:
            there = [item for item in searchable if item.passage.section == section]
            if there:
                return [statement for item in there for statement in _sentences(item.passage, item.document)]
        rows = [_row_statement(item.passage, item.document) for item in searchable if item.passage.quote]
        if not wanted:
            return rows or self._opening(searchable)
        scored = self._best_sentences(wanted, searchable)
        held = {term for _, _, terms in scored for term in terms}
        # A question whose subject the code's documents never touch has no answer in them.
        if math.fsum(1 for term in wanted if term in held) < 0.5 * len(wanted):
            return []
        return rows or [statement for _, statement, _ in scored[:_QUOTED_SENTENCES]]

    def _opening(self, stored: Sequence[StoredPassage]) -> list[Statement]:
        first = [item for item in stored if item.passage.section in {"short-description", "plain-language"}]
        return [s for item in first or stored[:1] for s in _sentences(item.passage, item.document)]

    # quoting

    def _candidate(self, query: Query, item: Evidence, confidence: float) -> Candidate:
        wanted = content_terms(query.text, self.library.terms)
        passages = [StoredPassage(0, hit.passage, hit.document) for hit in item.hits[:3]]
        if item.hits[0].passage.code is None:
            citations = [statement.citation for _, statement, _ in self._best_sentences(wanted, passages)]
            naming = [c for c in citations if item.code.value in c.quote]
            citations = (naming or [_name_citation(item.code, item.hits[0])])[:2]
        elif passages[0].passage.quote:
            citations = [_row_statement(passages[0].passage, passages[0].document).citation]
        else:
            citations = [s.citation for _, s, _ in self._best_sentences(wanted, passages)[:_QUOTED_SENTENCES]]
            entry = self._entry(item.code, query)
            if entry is not None:
                about = self.library.store.passages_about(item.code, entry.document.id)
                citations.append(self._cite_entry(entry, about))
        return Candidate(item.code, item.title, min(1.0, confidence), item.score, item.distinction, tuple(citations))

    def _statements(self, query: Query, hits: Sequence[Hit], evidence: Sequence[Evidence]) -> tuple[Statement, ...]:
        """The sentences that answer best: of the leading code's passages or, where it leads, of the narrative."""
        wanted = content_terms(query.text, self.library.terms)
        leading = hits[0].passage.code is None or not evidence
        chosen = [hit for hit in hits[:4] if hit.passage.code is None] if leading else evidence[0].hits[:4]
        passages = [StoredPassage(0, hit.passage, hit.document) for hit in chosen]
        rows = [_row_statement(p.passage, p.document) for p in passages if p.passage.quote]
        best = [statement for _, statement, _ in self._best_sentences(wanted, passages)]
        return tuple((rows + best)[:_QUOTED_SENTENCES])

    def _best_sentences(
        self, wanted: Sequence[str], stored: Sequence[StoredPassage]
    ) -> list[tuple[float, Statement, set[str]]]:
        """Sentences by the rarity of the wanted terms they hold, best first, each with those terms."""
        size = len(self.library)
        weight = {term: math.log(1 + size / (1 + self.library.document_frequency(term))) for term in wanted}
        scored = []
        for order, item in enumerate(stored):
            if item.passage.quote:
                continue
            for statement in _sentences(item.passage, item.document):
                held = {term for term in self.library.terms(statement.text) if term in weight}
                worth = math.fsum(weight[term] for term in held) / (1 + 0.002 * len(statement.text)) - 0.01 * order
                scored.append((worth, statement, held))
        scored.sort(key=lambda entry: (-entry[0], entry[1].citation.document_id, entry[1].citation.start))
        return scored

    def _cite_entry(self, entry: StoredEntry, stored: Sequence[StoredPassage]) -> Citation:
        """The line in which a document names the code."""
        for item in stored:
            passage = item.passage
            if passage.start <= entry.entry.start and entry.entry.end <= passage.end:
                if passage.quote:
                    return _row_statement(passage, item.document).citation
                at = entry.entry.start - passage.start
                start = passage.text.rfind("\n", 0, at) + 1
                end = passage.text.find("\n", at)
                sentences = split_sentences(passage.text, start, len(passage.text) if end < 0 else end)
                span = next((s for s in sentences if s[0] <= at < s[1]), (at, entry.entry.end - passage.start))
                return _cite(passage, item.document, *_without_marks(passage.text, *span, at))
        raise AssertionError(f"{entry.entry.code} stands in no passage of {entry.document.id}")

    # the rest

    def _entries(self, code: Code, query: Query) -> tuple[StoredEntry, ...]:
        entries = self.library.store.entries(code)
        if query.as_of is not None:
            entries = tuple(entry for entry in entries if _holds(entry, query))
        if query.systems:
            entries = tuple(entry for entry in entries if entry.entry.code.system in query.systems)
        return entries

    def _entry(self, code: Code, query: Query) -> StoredEntry | None:
        entries = self._entries(code, query)
        if code.edition is not None:
            entries = tuple(entry for entry in entries if entry.entry.code.edition == code.edition)
        return entries[0] if entries else None

    def _nearest(self, codes: Sequence[Code], query: Query) -> tuple[NearestCode, ...]:
        entries = [entry for code in codes for entry in self._entries(code, query)[:1]]
        return tuple(NearestCode(entry.entry.code, entry.entry.title) for entry in entries[:3])

    def _refuse(
        self,
        query: Query,
        reason: RefusalReason,
        confidence: float,
        nearest: tuple[NearestCode, ...],
        *,
        lacking: Sequence[Code] = (),
        withheld: tuple[Candidate, ...] = (),
    ) -> Refusal:
        held = ", ".join(self.library.store.systems())
        messages: dict[RefusalReason, str] = {
            RefusalReason.OUT_OF_CORPUS: "Nothing in the library supports an answer to this.",
            RefusalReason.NOT_ENOUGH_EVIDENCE: "The library has something near, but not enough to support an answer.",
            RefusalReason.EMPTY_LIBRARY: "The library is empty; add the documents that answers shall come from.",
            RefusalReason.CODE_NOT_IN_CORPUS: (
                f"The library does not hold {', '.join(str(code) for code in lacking)}; "
                f"it holds codes of {held or 'no system yet'}."
            ),
        }
        return Refusal(query.text, reason, messages[reason], confidence, nearest, self.library.stamp, withheld)

    def code_page(self, code: Code, query: Query | None = None) -> CodePage | None:
        """Everything the library says of a code, section by section; None if it does not hold the code."""
        entries = self._entries(code, query or Query(str(code)))
        if not entries:
            return None
        entry = entries[0]
        stored = self.library.store.passages_about(code, entry.document.id)
        titles: dict[str, str] = {}
        fields: dict[str, list[Statement]] = {section: [] for section in _PAGE_ORDER}
        for item in stored:
            if not item.passage.body_text.strip():
                continue
            row = item.passage.quote is not None
            section = "short-description" if row else item.passage.section
            titles.setdefault(section, "Short description" if row else item.passage.section_title)
            found = [_row_statement(item.passage, item.document)] if row else _sentences(item.passage, item.document)
            fields.setdefault(section, []).extend(found)
        return CodePage(
            entry.entry.code,
            entry.entry.title,
            entry.document,
            tuple((section, titles.get(section, _titled(section)), tuple(fields[section])) for section in fields),
        )

    def verify(self, citations: Sequence[Citation]) -> list[str]:
        """What is wrong with saved citations, one line each; empty where every quote stands where it says."""
        wrong = []
        for number, citation in enumerate(citations, start=1):
            problem = self._problem(citation)
            if problem:
                wrong.append(f"citation {number} ({citation.document_id} {citation.start}-{citation.end}): {problem}")
        return wrong

    def _problem(self, citation: Citation) -> str | None:
        known = {document.id: document for document in self.library.store.documents()}
        document = known.get(citation.document_id)
        if document is None:
            return "the library no longer holds the document"
        if document.sha256 != citation.document_sha256:
            return "the document has changed since"
        if self.library.store.text(citation.document_id)[citation.start : citation.end] != citation.quote:
            return "the quote does not stand there"
        return None


def open_assistant(index: Path, settings: Settings, *, create: bool = False) -> Assistant:
    """The assistant over the library in a folder; `create` makes an empty library where there is none."""
    embedder = load_embedder(
        settings.model, settings.model_cache, threads=settings.threads, query_prefix=settings.query_prefix
    )
    library = Library(
        index, model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension, create=create
    )
    return Assistant(library, embedder, settings)


def _holds(entry: StoredEntry, query: Query) -> bool:
    effective = entry.entry.effective or entry.document.effective
    expires = entry.entry.expires or entry.document.expires
    day = query.as_of
    return day is None or ((effective is None or effective <= day) and (expires is None or day <= expires))


def _is_code(code: Code, text: str, systems: Sequence[CodeSystem]) -> bool:
    """Whether a text that could be a code surely is one: it would be recognised in prose, or it names its system."""
    return any(m.code == code and m.certain for m in find_codes(text.upper(), systems))


def _cite(passage: Passage, document: DocumentInfo, start: int, end: int) -> Citation:
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


def _sentences(passage: Passage, document: DocumentInfo) -> list[Statement]:
    """A passage's body as statements, sentence by sentence."""
    spans = split_sentences(passage.text, *passage.body)
    citations = [_cite(passage, document, start, end) for start, end in spans]
    return [Statement(citation.quote, citation) for citation in citations]


def _row_statement(passage: Passage, document: DocumentInfo) -> Statement:
    """A table's row, from its code to the end of its description."""
    assert passage.quote is not None
    citation = _cite(passage, document, passage.quote[0] - passage.start, passage.quote[1] - passage.start)
    return Statement(citation.quote, citation)


def _name_citation(code: Code, hit: Hit) -> Citation:
    """The sentence of a narrative in which a code is named."""
    passage = hit.passage
    at = next(mention.start for mention in passage.mentions if mention.code.value == code.value)
    for start, end in split_sentences(passage.text):
        if start <= at < end:
            return _cite(passage, hit.document, start, end)
    return _cite(passage, hit.document, at, at + len(code.value))


def _without_marks(text: str, start: int, end: int, at: int) -> tuple[int, int]:
    """A span without the heading marks it opens with."""
    while start < at and text[start] in "#*> \t":
        start += 1
    return start, end


def _titled(section: str) -> str:
    return section.replace("-", " ").capitalize()
