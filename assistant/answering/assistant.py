"""The online road: the order of the steps and nothing else."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path

from assistant.answering.code_pages import code_page
from assistant.answering.considered import Considered
from assistant.answering.grounds import CERTIFICATES, Grounds
from assistant.answering.guides import guides
from assistant.answering.named import about
from assistant.answering.questions import Question, read_question
from assistant.answering.refusing import refuse
from assistant.answering.statements import candidate_of, statements_of
from assistant.answering.verifying import wrong_citations
from assistant.calibration import (
    Rule,
    confidence,
    measure_support,
    refusal,
    share_confidence,
    why_unsupported,
)
from assistant.embedding import Embedder, load_embedder
from assistant.errors import InputError, UnknownDocument
from assistant.language.presuppositions import CODE
from assistant.library import Library, StoredEntry
from assistant.ranking.evidence import gather
from assistant.ranking.ordering import ordered
from assistant.retrieval.fusion import retrieve
from assistant.retrieval.in_force import entries_in_force, in_force
from assistant.settings import Settings
from assistant.types import (
    Answer,
    Citation,
    CodePage,
    Evidence,
    Hit,
    NearestCode,
    Query,
    Refusal,
    RefusalReason,
)
from assistant.types.codes import Code, CodeSystem

__all__ = ["CERTIFICATES", "Assistant", "Considered", "Grounds", "open_assistant"]

_CONSIDERED = 30


class Assistant:
    """Answers from one library; the composition root of the online road."""

    def __init__(self, library: Library, embedder: Embedder, settings: Settings) -> None:
        self.library = library
        self.embedder = embedder
        self.grounds = Grounds(library, embedder.fingerprint, settings)
        self._settings = settings
        self.systems: tuple[CodeSystem, ...] = settings.systems()
        # The model embeds a query in one thread; what needs no vector is done meanwhile in another.
        self._beside = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="embedding")

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
            return refuse(self.library, query, RefusalReason.EMPTY_LIBRARY)
        with self.library.steady():
            return self._asked(query)

    def _asked(self, query: Query) -> Answer | Refusal:
        question = self._read(query)
        if question.lacking and not question.held:
            return refuse(self.library, query, RefusalReason.CODE_NOT_IN_CORPUS, lacking=question.lacking)
        considered = self._considered(query, question)
        reason = refusal(considered.confidence, self.rule().threshold)
        if reason is None and (considered.statements or (not question.held and considered.candidates)):
            answered = considered.statements, considered.candidates
            return Answer(query.text, considered.confidence, *answered, self.library.stamp)
        reason = RefusalReason.NOT_ENOUGH_EVIDENCE if question.held or reason is None else reason
        return refuse(
            self.library,
            query,
            reason,
            considered.confidence,
            considered.nearest,
            withheld=considered.candidates,
            why=considered.lacking(),
        )

    def over(self, library: Library) -> "Assistant":
        """The same assistant over another library of the same model."""
        other = copy(self)
        other.library, other.grounds = library, Grounds(library, self.embedder.fingerprint, self._settings)
        return other

    def consider(self, query: Query) -> Considered | None:
        """What a query would be answered with if there were no gate; None where it names only codes not held."""
        question = self._read(query)
        return None if question.lacking and not question.held else self._considered(query, question)

    def _considered(self, query: Query, question: Question) -> Considered:
        if question.beside:
            return self._beside_named(query, question)
        return about(self.library, self.grounds, query, question) if question.held else self._search(query)

    def _beside_named(self, query: Query, question: Question) -> Considered:
        """What a query for the add-on of a code would be answered with: the code's title stands for it."""
        titles = [held[0].entry.title for held in self.entries(question.held, query).values()]
        considered = self._search(replace(query, text=question.beside.replace(CODE, " ".join(titles))))
        others = tuple(item for item in considered.candidates if item.code.bare not in question.held)
        return replace(considered, candidates=others)

    def _read(self, query: Query) -> Question:
        question = read_question(query.text, self.systems, lambda codes: set(self.entries(codes, query)))
        if query.about is None:
            return question
        held = bool(self.entries([query.about], query))
        return replace(question, held=(query.about,) if held else (), lacking=() if held else (query.about,))

    def _search(self, query: Query) -> Considered:
        """What a query that describes a procedure or asks for guidance would be answered with."""
        library, settings, grounds = self.library, self._settings, self.grounds
        wording = library.wording()
        reworded = replace(query, text=wording.reword(query.text))
        embedded = self._beside.submit(self.embedder.embed_query, reworded.text)
        weight = grounds.weight(reworded.text)
        library.anticipate(reworded.text, settings.depth, reworded)
        vector = embedded.result()
        hits = retrieve(
            library,
            vector,
            reworded,
            depth=settings.depth,
            lexical_weight=settings.lexical_weight,
            asked=wording.spell(query.text),
        )
        leading = gather(hits, query.systems)[: max(_CONSIDERED, query.limit)]
        hits, leading, entries = in_force(library, hits, leading, query)
        profiles = library.profiles([item.code for item in leading], vector)
        evidence = ordered(query, leading, profiles, entries, weight, library.terms)
        found = guides(library, query, vector, weight, hits, evidence)
        reading = grounds.reading(query.text, weight, hits, evidence, profiles, entries, found)
        support = measure_support(reading, grounds.lexis())
        sure = confidence(support)
        shares = share_confidence(evidence, sure)
        candidates = tuple(
            candidate_of(library, item, share, weight, entries)
            for item, share in zip(evidence[: query.limit], shares, strict=False)
        )
        nearest = tuple(NearestCode(item.code, item.title or str(item.code)) for item in evidence[:3])
        near = reading.told.everything | reading.narrative.everything
        told = f"{reading.told.text}\n{reading.narrative.text}"
        lacking = partial(why_unsupported, query.text, near, told, grounds.lexis())
        statements = statements_of(library, found, evidence, weight)
        return Considered(support, sure, statements, candidates, nearest, lacking)

    def search(self, query: Query, lexical_weight: float) -> tuple[tuple[Evidence, ...], tuple[Hit, ...]]:
        """One search alone (0 dense, 1 BM25) or both fused, without rewording, ranking and gate: for evaluation."""
        vector = self.embedder.embed_query(query.text)
        hits = retrieve(self.library, vector, query, depth=self._settings.depth, lexical_weight=lexical_weight)
        return gather(hits, query.systems), hits

    def rule(self) -> Rule:
        """The threshold in force, and what it rests on."""
        return self.grounds.rule()

    def entries(self, codes: Sequence[Code], query: Query) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes that a query's systems and date of service allow, newest first."""
        return entries_in_force(self.library, codes, query)

    def code_page(self, code: Code, query: Query | None = None) -> CodePage | None:
        """Everything the library says of a code, section by section; None if it does not hold the code.

        A code with an edition is shown in that edition where the library holds it, otherwise in the newest.
        """
        entries = self.entries([code], query or Query(str(code))).get(code.bare, ())
        return code_page(self.library.store, code, entries) if entries else None

    def verify(self, citations: Sequence[Citation]) -> list[str]:
        """What is wrong with saved citations, one line each; empty where every quote stands where it says."""
        return wrong_citations(self.library.store, citations)


def open_assistant(index: Path, settings: Settings, *, create: bool = False) -> Assistant:
    """The assistant over the library in a folder; `create` makes an empty library where there is none."""
    embedder = load_embedder(
        settings.model, settings.model_cache, threads=settings.threads, query_prefix=settings.query_prefix
    )
    library = Library(
        index, model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension, create=create
    )
    return Assistant(library, embedder, settings)
