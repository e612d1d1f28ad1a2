"""The online road: the order of the steps and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.calibration import (
    content_terms,
    covered,
    measure_support,
    named_confidence,
    rarity,
    refusal,
    share_confidence,
)
from assistant.codes import Code, CodeSystem
from assistant.embedding import Embedder, load_embedder
from assistant.errors import InputError, UnknownDocument
from assistant.library import Library, StoredEntry, StoredPassage
from assistant.questions import Question, read_question
from assistant.quoting import best_sentences, cite_mention, cite_span, row_statement, sentence_statements
from assistant.ranking import Identity, gather, rank, tell_apart
from assistant.retrieval import retrieve
from assistant.settings import Settings
from assistant.types import (
    Answer,
    Candidate,
    Citation,
    CodePage,
    Evidence,
    Hit,
    NearestCode,
    Profile,
    Query,
    Refusal,
    RefusalReason,
    Statement,
)

Entries = Mapping[Code, Sequence[StoredEntry]]

_CONSIDERED = 30
_TOLD_APART = 5
_QUOTED_SENTENCES = 3
_NARRATIVE = 8
_PAGE_ORDER = (
    "short-description", "guidelines", "modifiers", "medical-necessity", "clinical-responsibility", "important",
    "plain-language", "full-description", "examples", "documentation", "notes",
)  # fmt: skip
_OPENING = {"short-description", "plain-language", "lead"}


class Assistant:
    """Answers from one library; the composition root of the online road."""

    def __init__(self, library: Library, embedder: Embedder, settings: Settings) -> None:
        self.library = library
        self.embedder = embedder
        self._settings = settings
        self.systems: tuple[CodeSystem, ...] = settings.systems()

    def ask(self, query: Query) -> Answer | Refusal:
        """The codes and passages that answer a query, or a refusal. Raises InputError for an empty or endless query."""
        if not query.text.strip():
            raise InputError("the query is empty; ask a question or name a procedure")
        if len(query.text) > self._settings.max_query_characters:
            raise InputError(f"the query is longer than {self._settings.max_query_characters} characters; shorten it")
        try:
            return self._ask(query)
        except UnknownDocument:
            # A document was removed while it was about to be cited; without it, the library answers otherwise.
            return self._ask(query)

    def _ask(self, query: Query) -> Answer | Refusal:
        if not len(self.library):
            return self._refuse(query, RefusalReason.EMPTY_LIBRARY)
        question = read_question(query.text, self.systems, lambda codes: set(self._entries(codes, query)))
        if query.about is not None:
            held = bool(self._entries([query.about], query))
            question = replace(question, held=(query.about,) if held else (), lacking=() if held else (query.about,))
        if question.held:
            return self._about(query, question)
        if question.lacking:
            return self._refuse(query, RefusalReason.CODE_NOT_IN_CORPUS, lacking=question.lacking)
        return self._search(query)

    # a query that describes

    def _search(self, query: Query) -> Answer | Refusal:
        settings = self._settings
        wording = self.library.wording()
        reworded = replace(query, text=wording.reword(query.text))
        vector = self.embedder.embed_query(reworded.text)
        weight = self._weight(reworded.text)
        hits = retrieve(self.library, vector, reworded, depth=settings.depth, lexical_weight=settings.lexical_weight)
        hits, leading, entries = self._in_force(hits, query)
        profiles = self.library.profiles([item.code for item in leading], vector)
        evidence = self._ranked(query, leading, profiles, entries, weight)
        confidence = measure_support(weight, hits, evidence, profiles, self.library.terms).confidence
        reason = refusal(confidence)
        shares = share_confidence(evidence, confidence)
        candidates = tuple(
            self._candidate(item, share, weight, entries)
            for item, share in zip(evidence[: query.limit], shares, strict=False)
        )
        if reason is not None:
            nearest = tuple(NearestCode(item.code, item.title or str(item.code)) for item in evidence[:3])
            return self._refuse(query, reason, confidence, nearest, withheld=candidates)
        statements = self._statements(hits, evidence, weight)
        return Answer(query.text, confidence, statements, candidates, self.library.stamp)

    def _in_force(self, hits: Sequence[Hit], query: Query) -> tuple[tuple[Hit, ...], tuple[Evidence, ...], Entries]:
        """Hits and evidence for one edition of each code: the newest that the date of service allows.

        What a page of another edition says supports nothing. A code that has no page anywhere, and is only named, goes
        by the newest document that names it.
        """
        leading = gather(hits, query.systems)[: max(_CONSIDERED, query.limit)]
        held = self.library.store.entries([item.code for item in leading])
        entries = _allowed(held, query)
        newest = {code: of_code[0].entry.code for code, of_code in entries.items()}
        for item in leading:
            if item.code.bare not in held:
                newest[item.code.bare] = max(newest.get(item.code.bare, item.code), item.code, key=_edition)
        current = tuple(item for item in leading if newest.get(item.code.bare) == item.code)
        outdated = {item.code for item in leading} - set(newest.values())
        return tuple(hit for hit in hits if hit.passage.code not in outdated), current, entries

    def _ranked(
        self,
        query: Query,
        current: Sequence[Evidence],
        profiles: Mapping[Code, Profile],
        entries: Entries,
        weight: Mapping[str, float],
    ) -> tuple[Evidence, ...]:
        ranked = rank(current, profiles, weight)
        identities = {
            entry.entry.code: Identity(entry.entry.title, f"{entry.entry.title} {entry.description}", entry.family)
            for held in entries.values()
            for entry in held[:1]
        }
        shown = tell_apart(ranked[: max(_TOLD_APART, query.limit)], identities, weight, self.library.terms)
        return shown + ranked[len(shown) :]

    def _candidate(self, item: Evidence, confidence: float, weight: Mapping[str, float], entries: Entries) -> Candidate:
        """A code with the sentences that speak for it, and where its document names it."""
        passages = [StoredPassage(hit.passage, hit.document) for hit in item.hits[:3]]
        first = passages[0].passage
        citations: list[Citation]
        entry = next(iter(entries.get(item.code.bare, ())), None)
        if first.quote:
            citations = [row_statement(first, passages[0].document).citation]
            if entry and item.code.value not in citations[0].quote:
                citations.append(self._cite_entry(entry))  # a later piece of a long row
        elif first.code is None:
            citations = [cite_mention(item.code, passages[0])]
        else:
            best = best_sentences(passages, weight, self.library.terms)[:_QUOTED_SENTENCES]
            citations = [scored.statement.citation for scored in best]
            citations += [self._cite_entry(entry)] if entry else []
        unique = tuple(dict.fromkeys(citations))
        return Candidate(item.code, item.title or str(item.code), confidence, item.score, item.distinction, unique)

    def _statements(
        self, hits: Sequence[Hit], evidence: Sequence[Evidence], weight: Mapping[str, float]
    ) -> tuple[Statement, ...]:
        """The sentences that answer best: of the leading code's passages and of the narratives near the top."""
        narrative = [StoredPassage(hit.passage, hit.document) for hit in hits[:_NARRATIVE] if hit.passage.code is None]
        leading = [StoredPassage(hit.passage, hit.document) for hit in (evidence[0].hits[:4] if evidence else ())]
        rows = [row_statement(item.passage, item.document) for item in leading if item.passage.quote]
        told = [scored.statement for scored in best_sentences(leading, weight, self.library.terms)]
        of_code = [*rows, *told][:_QUOTED_SENTENCES]
        of_narrative = [
            scored.statement for item in narrative for scored in best_sentences([item], weight, self.library.terms)[:1]
        ][:_QUOTED_SENTENCES]
        narrative_leads = bool(narrative) and hits[0].passage.code is None
        ordered = of_narrative + of_code if narrative_leads else of_code + of_narrative
        return tuple(dict.fromkeys(ordered))

    def search(self, query: Query, lexical_weight: float) -> tuple[tuple[Evidence, ...], tuple[Hit, ...]]:
        """One search alone (0 dense, 1 BM25) or both fused, without rewording, ranking and gate: for evaluation."""
        vector = self.embedder.embed_query(query.text)
        hits = retrieve(self.library, vector, query, depth=self._settings.depth, lexical_weight=lexical_weight)
        return gather(hits, query.systems), hits

    # a query that names a code

    def _about(self, query: Query, question: Question) -> Answer | Refusal:
        """The statements of the section asked for, else those that hold the question's words; refused if none does."""
        weight = self._weight(question.rest)
        entries = self._entries(question.held, query)
        if len(entries) < len(set(question.held)):
            raise UnknownDocument("a document was removed while it was asked about; ask again")
        statements: list[Statement] = []
        candidates: list[Candidate] = []
        held: set[str] = set()
        for code in question.held[: query.limit]:
            entry = entries[code][0]
            stored = [item for item in self._stored(entry) if item.passage.body_text.strip()]
            for item in stored:
                held.update(self.library.terms(item.passage.context), self.library.terms(item.passage.body_text))
            statements += self._section(question, weight, stored)
            candidates.append(
                Candidate(entry.entry.code, entry.entry.title, 1.0, 1.0, None, (self._cite_entry(entry),))
            )
        asks_section = bool(set(question.sections) - {"short-description"})
        confidence = named_confidence(covered(weight, held), asks_section=asks_section)
        candidates = [replace(candidate, confidence=confidence) for candidate in candidates]
        if refusal(confidence) is not None or not statements:
            nearest = tuple(NearestCode(candidate.code, candidate.title) for candidate in candidates[:3])
            reason = RefusalReason.NOT_ENOUGH_EVIDENCE
            return self._refuse(query, reason, confidence, nearest, withheld=tuple(candidates))
        return Answer(query.text, confidence, tuple(statements), tuple(candidates), self.library.stamp)

    def _section(
        self, question: Question, weight: Mapping[str, float], stored: Sequence[StoredPassage]
    ) -> list[Statement]:
        for section in question.sections:
            there = [item for item in stored if item.passage.section == section]
            if there:
                return [statement for item in there for statement in sentence_statements(item.passage, item.document)]
        rows = [row_statement(item.passage, item.document) for item in stored if item.passage.quote]
        if rows:
            return rows
        if weight:
            scored = best_sentences(stored, weight, self.library.terms)
            return [item.statement for item in scored[:_QUOTED_SENTENCES] if item.held]
        opening = [item for item in stored if item.passage.section in _OPENING] or stored[:1]
        return [statement for item in opening for statement in sentence_statements(item.passage, item.document)]

    # what both need

    def _weight(self, text: str) -> dict[str, float]:
        wanted = content_terms(text, self.library.terms)
        return rarity(wanted, self.library.document_frequency, len(self.library))

    def _entries(self, codes: Sequence[Code], query: Query) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes that the query's system and date of service allow, newest first."""
        return _allowed(self.library.store.entries(codes), query)

    def _stored(self, entry: StoredEntry) -> tuple[StoredPassage, ...]:
        return self.library.store.passages_about(entry.entry.code, entry.document.id)

    def _cite_entry(self, entry: StoredEntry) -> Citation:
        """The sentence in which a document names its code."""
        start, end = entry.entry.start, entry.entry.end
        at = self.library.store.passage_at(entry.document.id, start)
        return cite_span(at, start, end)

    def _refuse(
        self,
        query: Query,
        reason: RefusalReason,
        confidence: float = 0.0,
        nearest: tuple[NearestCode, ...] = (),
        *,
        lacking: Sequence[Code] = (),
        withheld: tuple[Candidate, ...] = (),
    ) -> Refusal:
        codes = ", ".join(str(code) for code in lacking)
        messages: dict[RefusalReason, str] = {
            RefusalReason.OUT_OF_CORPUS: "Nothing in the library supports an answer to this.",
            RefusalReason.NOT_ENOUGH_EVIDENCE: "The library has something near, but not enough to support an answer.",
            RefusalReason.EMPTY_LIBRARY: "The library is empty; add the documents that answers shall come from.",
            RefusalReason.CODE_NOT_IN_CORPUS: f"The library does not hold {codes}; it answers only codes it holds.",
        }
        if lacking and self.library.store.entries(lacking):
            messages[reason] = (
                f"The library holds {codes}, but not for the date of service or the code systems asked for."
            )
        return Refusal(query.text, reason, messages[reason], confidence, nearest, self.library.stamp, withheld)

    # a code page, and checking what was saved

    def code_page(self, code: Code, query: Query | None = None) -> CodePage | None:
        """Everything the library says of a code, section by section; None if it does not hold the code."""
        entries = self._entries([code], query or Query(str(code)))
        if not entries:
            return None
        entry = entries[code.bare][0]
        titles: dict[str, str] = {}
        fields: dict[str, list[Statement]] = {section: [] for section in _PAGE_ORDER}
        for item in self._stored(entry):
            if not item.passage.body_text.strip():
                continue
            row = item.passage.quote is not None
            section = "short-description" if row else item.passage.section
            if not row:
                titles.setdefault(section, item.passage.section_title)
            found = (
                [row_statement(item.passage, item.document)]
                if row
                else sentence_statements(item.passage, item.document)
            )
            fields.setdefault(section, []).extend(found)
        named = [(section, titles.get(section) or section.replace("-", " ").capitalize()) for section in fields]
        return CodePage(
            entry.entry.code,
            entry.entry.title,
            entry.document,
            tuple((section, title, tuple(fields[section])) for section, title in named),
        )

    def verify(self, citations: Sequence[Citation]) -> list[str]:
        """What is wrong with saved citations, one line each; empty where every quote stands where it says."""
        known = {document.id: document for document in self.library.store.documents()}
        texts: dict[str, str] = {}
        wrong = []
        for number, citation in enumerate(citations, start=1):
            document = known.get(citation.document_id)
            problem = ""
            if document is None:
                problem = "the library no longer holds the document"
            elif document.sha256 != citation.document_sha256:
                problem = "the document has changed since"
            else:
                text = texts.setdefault(document.id, self.library.store.text(document.id))
                if text[citation.start : citation.end] != citation.quote:
                    problem = "the quote does not stand there"
            if problem:
                wrong.append(f"citation {number} ({citation.document_id} {citation.start}-{citation.end}): {problem}")
        return wrong


def open_assistant(index: Path, settings: Settings, *, create: bool = False) -> Assistant:
    """The assistant over the library in a folder; `create` makes an empty library where there is none."""
    embedder = load_embedder(
        settings.model, settings.model_cache, threads=settings.threads, query_prefix=settings.query_prefix
    )
    library = Library(
        index, model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension, create=create
    )
    return Assistant(library, embedder, settings)


def _allowed(entries: Entries, query: Query) -> dict[Code, tuple[StoredEntry, ...]]:
    allowed = {
        code: tuple(entry for entry in of_code if _holds(entry, query))
        for code, of_code in entries.items()
        if not query.systems or code.system in query.systems
    }
    return {code: of_code for code, of_code in allowed.items() if of_code}


def _edition(code: Code) -> str:
    return code.edition or ""


def _holds(entry: StoredEntry, query: Query) -> bool:
    """Whether an entry holds on the query's date of service; one without dates always does."""
    effective = entry.entry.effective or entry.document.effective
    expires = entry.entry.expires or entry.document.expires
    day = query.as_of
    return day is None or ((effective is None or effective <= day) and (expires is None or day <= expires))
