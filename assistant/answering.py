"""The online road: the order of the steps and nothing else."""

import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.calibration import (
    NOTHING_TOLD,
    Circumstances,
    Lexis,
    NamedSupport,
    Reading,
    Rule,
    Support,
    Told,
    ToldCache,
    confidence,
    content_terms,
    measure_named,
    measure_support,
    model_digest,
    named_confidence,
    narratives,
    rarity,
    read_certificate,
    refusal,
    rule_in_force,
    share_confidence,
    why_unsupported,
)
from assistant.codes import Code, CodeSystem
from assistant.denials import denied_terms
from assistant.embedding import Embedder, load_embedder
from assistant.errors import InputError, UnknownDocument
from assistant.library import Library, StoredEntry, StoredPassage
from assistant.quantities import find_quantities, fit, measured
from assistant.questions import Question, read_question
from assistant.quoting import best_sentences, cite_mention, cite_span, row_statement, sentence_statements
from assistant.ranking import Identity, Said, gather, rank, tell_apart
from assistant.retrieval import retrieve
from assistant.settings import Settings
from assistant.titles import by_titles
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

# Where the certificates are kept in the library, the better first: of an evaluation set, of the library's own making.
CERTIFICATES = ("certificate:set", "certificate:self")
_CONSIDERED = 30
_TOLD_APART = 5
_QUOTED_SENTENCES = 3
# Of the guidance among the best hits, one sentence is quoted from each of so many sections. On the calibration split
# the right section is then quoted for .71 of the guideline questions (.46 with the eight best hits), and questions for
# codes get .9 such sentences. Guidance stands first where four of the twenty best hits are prose (.45 and .04 of them).
_GUIDANCE_AMONG, _GUIDANCE = 30, 4
_LEADS_AMONG, _LEADS = 20, 4
_PAGE_ORDER = (
    "short-description", "guidelines", "modifiers", "medical-necessity", "clinical-responsibility", "important",
    "plain-language", "full-description", "examples", "documentation", "notes",
)  # fmt: skip
_OPENING = {"short-description", "plain-language", "lead"}


@dataclass(frozen=True, slots=True)
class Considered:
    """What a query would be answered with, and how far the documents support it: what the gate decides on.

    `statements` and `candidates` may be empty, and then nothing can be answered. `lacking` is the sentence that says
    what the documents lack, where a word or a kind of fact explains it.
    """

    support: Support | NamedSupport
    confidence: float
    statements: tuple[Statement, ...]
    candidates: tuple[Candidate, ...]
    nearest: tuple[NearestCode, ...]
    lacking: str | None = None


class Assistant:
    """Answers from one library; the composition root of the online road."""

    def __init__(self, library: Library, embedder: Embedder, settings: Settings) -> None:
        self.library = library
        self.embedder = embedder
        self._settings = settings
        self.systems: tuple[CodeSystem, ...] = settings.systems()
        # The model embeds a query in one thread; what needs no vector is done meanwhile in another.
        self._beside = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="embedding")
        self._lexis: tuple[int, Lexis] | None = None
        self._told = ToldCache()
        self._rule: tuple[tuple[int, tuple[str | None, ...]], Rule] | None = None

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
        with self.library.steady():
            return self._asked(query)

    def _asked(self, query: Query) -> Answer | Refusal:
        question = self._read(query)
        if question.lacking and not question.held:
            return self._refuse(query, RefusalReason.CODE_NOT_IN_CORPUS, lacking=question.lacking)
        considered = self._considered(query, question)
        reason = refusal(considered.confidence, self.rule().threshold)
        if reason is None and (considered.statements or (not question.held and considered.candidates)):
            answered = considered.statements, considered.candidates
            return Answer(query.text, considered.confidence, *answered, self.library.stamp)
        reason = RefusalReason.NOT_ENOUGH_EVIDENCE if question.held or reason is None else reason
        return self._refuse(
            query,
            reason,
            considered.confidence,
            considered.nearest,
            withheld=considered.candidates,
            why=considered.lacking,
        )

    def over(self, library: Library) -> "Assistant":
        """The same assistant over another library of the same model."""
        return Assistant(library, self.embedder, self._settings)

    def consider(self, query: Query) -> Considered | None:
        """What a query would be answered with if there were no gate; None where it names only codes not held."""
        question = self._read(query)
        return None if question.lacking and not question.held else self._considered(query, question)

    def _considered(self, query: Query, question: Question) -> Considered:
        return self._about(query, question) if question.held else self._search(query)

    def _read(self, query: Query) -> Question:
        question = read_question(query.text, self.systems, lambda codes: set(self._entries(codes, query)))
        if query.about is None:
            return question
        held = bool(self._entries([query.about], query))
        return replace(question, held=(query.about,) if held else (), lacking=() if held else (query.about,))

    # a query that describes

    def _search(self, query: Query) -> Considered:
        settings = self._settings
        wording = self.library.wording()
        reworded = replace(query, text=wording.reword(query.text))
        embedded = self._beside.submit(self.embedder.embed_query, reworded.text)
        weight = self._weight(reworded.text)
        self.library.anticipate(reworded.text, settings.depth, reworded)
        vector = embedded.result()
        hits = retrieve(
            self.library,
            vector,
            reworded,
            depth=settings.depth,
            lexical_weight=settings.lexical_weight,
            asked=wording.spell(query.text),
        )
        hits, leading, entries = self._in_force(hits, query)
        profiles = self.library.profiles([item.code for item in leading], vector)
        evidence = self._ranked(query, leading, profiles, entries, weight)
        reading = self._reading(query, weight, hits, evidence, profiles, entries)
        support = measure_support(reading, self.lexis())
        sure = confidence(support)
        shares = share_confidence(evidence, sure)
        candidates = tuple(
            self._candidate(item, share, weight, entries)
            for item, share in zip(evidence[: query.limit], shares, strict=False)
        )
        nearest = tuple(NearestCode(item.code, item.title or str(item.code)) for item in evidence[:3])
        near = reading.told.everything | reading.narrative.everything
        lacking = why_unsupported(query.text, near, f"{reading.told.text}\n{reading.narrative.text}", self.lexis())
        return Considered(support, sure, self._statements(hits, evidence, weight), candidates, nearest, lacking)

    def _reading(
        self,
        query: Query,
        weight: Mapping[str, float],
        hits: Sequence[Hit],
        evidence: Sequence[Evidence],
        profiles: Mapping[Code, Profile],
        entries: Entries,
    ) -> Reading:
        """What the gate reads of a described query."""
        of_code = {held[0].entry.code: held[0] for held in entries.values()}
        return Reading(
            query.text,
            weight,
            hits,
            evidence,
            profiles,
            self._told_of(evidence[0].code) if evidence else NOTHING_TOLD,
            Told.of((StoredPassage(hit.passage, hit.document) for hit in narratives(hits)), self.library.terms),
            {code: entry.family for code, entry in of_code.items() if entry.family},
            {code: entry.entry.title for code, entry in of_code.items()},
        )

    def _in_force(self, hits: Sequence[Hit], query: Query) -> tuple[tuple[Hit, ...], tuple[Evidence, ...], Entries]:
        """Hits and evidence for one edition of each code: the newest that the date of service allows.

        What a page of another edition says supports nothing. A code that has no page anywhere, and is only named, goes
        by the newest document that names it.
        """
        leading = gather(hits, query.systems)[: max(_CONSIDERED, query.limit)]
        held = self.library.store.entries([item.code for item in leading])
        entries = _without(_allowed(held, query), self.library.superseded(query.as_of))
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
        identities = {
            entry.entry.code: Identity(entry.entry.title, f"{entry.entry.title} {entry.description}", entry.family)
            for held in entries.values()
            for entry in held[:1]
        }
        ranked = rank(current, profiles, weight, self._said(query.text, identities, weight))
        titles = {code: identity.title for code, identity in identities.items()}
        ranked = by_titles(ranked, query.text, weight, profiles, titles, self._content)
        shown = tell_apart(ranked[: max(_TOLD_APART, query.limit)], identities, weight, self.library.terms)
        return shown + ranked[len(shown) :]

    def _said(self, text: str, identities: Mapping[Code, Identity], weight: Mapping[str, float]) -> dict[Code, Said]:
        """What the query denies of each code and whether its sizes fit; empty where it denies and measures nothing."""
        terms = self.library.terms
        against, values = denied_terms(text, terms), measured(text)
        if not against and not values:
            return {}
        return {
            code: Said(
                math.fsum(weight.get(term, 0.0) for term in against.intersection(terms(identity.title))),
                fit(values, find_quantities(identity.title)) or fit(values, find_quantities(identity.text)),
            )
            for code, identity in identities.items()
        }

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
        """The sentences that answer best: of the leading code's passages, and one of each section of guidance."""
        sections: dict[tuple[str, str], StoredPassage] = {}
        for hit in hits[:_GUIDANCE_AMONG]:
            if _is_guidance(hit) and hit.score > 0:  # above the mean of all that was found
                place = hit.document.id, hit.passage.section
                sections.setdefault(place, StoredPassage(hit.passage, hit.document))
        leading = [StoredPassage(hit.passage, hit.document) for hit in (evidence[0].hits[:4] if evidence else ())]
        rows = [row_statement(item.passage, item.document) for item in leading if item.passage.quote]
        told = [scored.statement for scored in best_sentences(leading, weight, self.library.terms)]
        of_code = [*rows, *told][:_QUOTED_SENTENCES]
        of_guidance = [
            scored.statement
            for item in list(sections.values())[:_GUIDANCE]
            for scored in best_sentences([item], weight, self.library.terms)[:1]
        ]
        guidance_leads = not evidence or sum(map(_is_guidance, hits[:_LEADS_AMONG])) >= _LEADS
        ordered = of_guidance + of_code if guidance_leads else of_code + of_guidance
        return tuple(dict.fromkeys(ordered))

    def search(self, query: Query, lexical_weight: float) -> tuple[tuple[Evidence, ...], tuple[Hit, ...]]:
        """One search alone (0 dense, 1 BM25) or both fused, without rewording, ranking and gate: for evaluation."""
        vector = self.embedder.embed_query(query.text)
        hits = retrieve(self.library, vector, query, depth=self._settings.depth, lexical_weight=lexical_weight)
        return gather(hits, query.systems), hits

    # a query that names a code

    def _about(self, query: Query, question: Question) -> Considered:
        """The statements of the section asked for, else those that hold the question's words; refused if none does."""
        weight = self._weight(question.rest)
        entries = self._entries(question.held, query)
        if len(entries) < len(set(question.held)):
            raise UnknownDocument("a document was removed while it was asked about; ask again")
        statements: list[Statement] = []
        candidates: list[Candidate] = []
        told: list[Told] = []
        for code in question.held[: query.limit]:
            entry = entries[code][0]
            stored = [item for item in self._stored(entry) if item.passage.body_text.strip()]
            told.append(Told.of(stored, self.library.terms))
            statements += self._section(question, weight, stored)
            candidates.append(
                Candidate(entry.entry.code, entry.entry.title, 1.0, 1.0, None, (self._cite_entry(entry),))
            )
        asks_section = bool(set(question.sections) - {"short-description"})
        support = measure_named(query.text, question.rest, told, self.lexis(), asks_section=asks_section)
        sure = named_confidence(support)
        shown = tuple(replace(candidate, confidence=sure) for candidate in candidates)
        nearest = tuple(NearestCode(candidate.code, candidate.title) for candidate in shown[:3])
        near = frozenset().union(*(item.everything for item in told))
        lacking = why_unsupported(question.rest, near, "\n".join(item.text for item in told), self.lexis())
        return Considered(support, sure, tuple(statements), shown, nearest, lacking)

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

    # the rule of the gate

    def rule(self) -> Rule:
        """The threshold in force, and what it rests on: a certificate that holds for the library as it is, or none."""
        store = self.library.store
        kept = tuple(store.meta(key) for key in CERTIFICATES)
        generation = store.generation()
        held = self._rule
        if held is None or held[0] != (generation, kept):
            certificates = [found for text in kept if (found := read_certificate(text))]
            now = [self.circumstances(found.generation) for found in certificates]
            held = self._rule = ((generation, kept), rule_in_force(certificates, now))
        return held[1]

    def circumstances(self, since: int = -1) -> Circumstances:
        """What a certificate of a generation holds for, as it is now."""
        settings = self._settings
        facts = (
            settings.depth,
            settings.lexical_weight,
            settings.query_prefix,
            settings.passage_tokens,
            sorted(settings.code_systems.items()),
            model_digest(),
        )
        passages, added = self.library.store.extent(since)
        return Circumstances(
            self.library.stamp.generation,
            passages,
            added,
            self.embedder.fingerprint,
            hashlib.sha256(repr(facts).encode()).hexdigest()[:16],
        )

    # what both need

    def lexis(self) -> Lexis:
        """What the library and the trade know of words, for the library's present generation."""
        generation = self.library.stamp.generation
        if self._lexis is None or self._lexis[0] != generation:
            library = self.library
            lexis = Lexis(library.terms, library.document_frequency, len(library))
            self._lexis = (generation, lexis)
        return self._lexis[1]

    def _told_of(self, code: Code) -> Told:
        """What the documents say of a code in its own edition."""

        def tell() -> Told:
            about = self.library.store.passages_about(code.bare)
            return Told.of((item for item in about if item.document.edition == code.edition), self.library.terms)

        return self._told.get(self.library.stamp.generation, code, tell)

    def _content(self, text: str) -> list[str]:
        return content_terms(text, self.library.terms)

    def _weight(self, text: str) -> dict[str, float]:
        wanted = self._content(text)
        return rarity(wanted, self.library.document_frequency, len(self.library))

    def _entries(self, codes: Sequence[Code], query: Query) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes that the query's system and date of service allow, newest first."""
        allowed = _allowed(self.library.store.entries(codes), query)
        # Without a date, a code asked for by name is answered in the last edition that lists it.
        return _without(allowed, self.library.superseded(query.as_of)) if query.as_of else allowed

    def entries(self, codes: Sequence[Code], query: Query) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes that a query's system and date of service allow, newest first."""
        return self._entries(codes, query)

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
        why: str | None = None,
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
        message = why or messages[reason]
        return Refusal(query.text, reason, message, confidence, nearest, self.library.stamp, withheld)

    # a code page, and checking what was saved

    def code_page(self, code: Code, query: Query | None = None) -> CodePage | None:
        """Everything the library says of a code, section by section; None if it does not hold the code.

        A code with an edition is shown in that edition where the library holds it, otherwise in the newest.
        """
        entries = self._entries([code], query or Query(str(code))).get(code.bare, ())
        if not entries:
            return None
        entry = next((item for item in entries if code.edition and item.entry.code.edition == code.edition), entries[0])
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
            tuple(NearestCode(near, title) for near, title in self.library.store.siblings(entry)),
            tuple((item.entry.code, item.document) for item in entries),
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
                if document.id not in texts:
                    texts[document.id] = self.library.store.text(document.id)
                text = texts[document.id]
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


def _is_guidance(hit: Hit) -> bool:
    """Whether a hit is prose about no code in particular."""
    return hit.passage.code is None and hit.passage.quote is None


def _without(
    entries: Mapping[Code, tuple[StoredEntry, ...]], documents: frozenset[str]
) -> dict[Code, tuple[StoredEntry, ...]]:
    kept = {code: tuple(e for e in of_code if e.document.id not in documents) for code, of_code in entries.items()}
    return {code: of_code for code, of_code in kept.items() if of_code}


def _edition(code: Code) -> str:
    return code.edition or ""


def _holds(entry: StoredEntry, query: Query) -> bool:
    """Whether an entry holds on the query's date of service; one without dates always does."""
    effective = entry.entry.effective or entry.document.effective
    expires = entry.entry.expires or entry.document.expires
    day = query.as_of
    return day is None or ((effective is None or effective <= day) and (expires is None or day <= expires))
