"""The online road: the order of the steps and nothing else."""

import math
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from assistant.answering.choosing import choice_among
from assistant.answering.cited import citations_of, citations_on
from assistant.answering.code_pages import code_page
from assistant.answering.considered import Considered
from assistant.answering.explaining import explained
from assistant.answering.grounds import CERTIFICATES, Grounds, reason_of, supported, weight_of
from assistant.answering.guides import guides
from assistant.answering.judging import near_passages, quoted_of, read_statements
from assistant.answering.named import about
from assistant.answering.naming import headed, held_codes
from assistant.answering.paired import with_pairs
from assistant.answering.questions import CODE, Question, read_question
from assistant.answering.refusing import refuse
from assistant.answering.statements import candidate_of
from assistant.answering.values import values_for, with_values
from assistant.answering.verifying import wrong_citations
from assistant.calibration import (
    MOST_CHOSEN,
    Rule,
    choice_model,
    confidence,
    refusal,
    shares_of,
    size_of_choice,
)
from assistant.embedding import Embedder, load_embedder, wants_head
from assistant.errors import InputError, LibraryBusy
from assistant.library import Library
from assistant.ranking.evidence import gather
from assistant.ranking.ordering import by_reading, ordered, with_differences
from assistant.reader import Reader, load_reader
from assistant.retrieval.fusion import retrieve
from assistant.retrieval.in_force import entries_in_force, in_force
from assistant.retrieval.snapshot import Snapshot, Snapshots
from assistant.settings import Settings
from assistant.types import (
    Answer,
    Citation,
    CodePage,
    Evidence,
    Form,
    Hit,
    NearestCode,
    Query,
    Refusal,
    RefusalReason,
    Wants,
)
from assistant.types.codes import Code, CodeSystem

__all__ = ["CERTIFICATES", "Assistant", "Considered", "Grounds", "open_assistant"]

T = TypeVar("T")

_CONSIDERED = 30
# So often an answer is made again because a document that it cites was removed or replaced while it was made.
_TRIES = 50
# A refusal shows so many of the statements nearest to the query, where one of the first hits is so near to it (cosine).
CLOSEST = 3
_NEAR_ENOUGH, _FIRST = 0.35, 3


class Assistant:
    """Answers from one library; the composition root of the online road."""

    def __init__(self, library: Library, embedder: Embedder, settings: Settings, reader: Reader | None = None) -> None:
        self.library = library
        self.embedder = embedder
        self.reader = reader or load_reader()
        self._wants = wants_head(embedder.name)
        self.grounds = Grounds(embedder.fingerprint, settings)
        self._settings = settings
        self._snapshots = Snapshots(library)
        self.systems: tuple[CodeSystem, ...] = settings.systems()
        # The model embeds a query in one thread; what needs no vector is done meanwhile in another.
        self._beside = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="embedding")

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """The library as it is now, for one question or note. A thread that holds one must not ask for another."""
        return self._snapshots.open()

    def embedding_by(self, embedder: Embedder) -> "Assistant":
        """The same assistant, whose queries are embedded by another embedder of the same model."""
        other = copy(self)
        other.embedder = embedder
        return other

    def ask(self, query: Query) -> Answer | Refusal:
        """The codes and passages that answer a query, or a refusal. Raises InputError for an empty or endless query."""
        if not query.text.strip():
            raise InputError("the query is empty; ask a question or name a procedure")
        if len(query.text) > self._settings.max_query_characters:
            raise InputError(f"the query is longer than {self._settings.max_query_characters} characters; shorten it")
        return self.standing(lambda snapshot: self.answer(query, snapshot), citations_of)

    def standing(self, respond: Callable[[Snapshot], T], cited: Callable[[T], Iterable[Citation]]) -> T:
        """What is made of a snapshot and cites nothing that was removed or replaced meanwhile; else it is made again.

        Raises LibraryBusy where documents come and go faster than they can be cited.
        """
        for _ in range(_TRIES):
            with self.snapshot() as snapshot:
                response = respond(snapshot)
                generation = snapshot.stamp().generation
            if self._stands(generation, cited(response)):
                return response
        raise LibraryBusy("documents that would be cited are changed again and again; ask again in a moment")

    def _stands(self, generation: int, citations: Iterable[Citation]) -> bool:
        store = self.library.store
        if store.generation() == generation:
            return True
        cited = {(citation.document_id, citation.document_sha256) for citation in citations}
        return cited <= store.digests(sorted({name for name, _ in cited})).items()

    def answer(self, query: Query, snapshot: Snapshot) -> Answer | Refusal:
        """What a snapshot answers to a query that is neither empty nor endless."""
        question = self._read(query, snapshot)
        if not len(snapshot) and not question.held:
            stored = snapshot.extent(-1)[0] > 0  # rows that pair codes are not searched
            return refuse(snapshot, query, RefusalReason.OUT_OF_CORPUS if stored else RefusalReason.EMPTY_LIBRARY)
        if question.lacking and not question.held:
            return refuse(snapshot, query, RefusalReason.CODE_NOT_IN_CORPUS, lacking=question.lacking)
        considered = self._considered(query, question, snapshot)
        reason = refusal(considered.confidence, self.grounds.rule(snapshot).threshold)
        reason = None if considered.values else reason
        if reason is None and (considered.statements or (not question.held and considered.candidates)):
            return Answer(
                query.text,
                considered.confidence,
                considered.statements,
                considered.candidates,
                snapshot.stamp(),
                form=considered.form,
                wants=considered.wants,
                choice=considered.choice,
                values=considered.values,
            )
        reason = RefusalReason.NOT_ENOUGH_EVIDENCE if question.held or reason is None else reason
        return refuse(
            snapshot,
            query,
            reason,
            considered.confidence,
            considered.nearest,
            withheld=considered.candidates,
            why=considered.lacking(),
            closest=considered.closest,
        )

    def consider(self, query: Query) -> Considered | None:
        """What a query would be answered with now if there were no gate; None where it names only codes not held."""
        with self.snapshot() as snapshot:
            return self.considered(query, snapshot)

    def considered(self, query: Query, snapshot: Snapshot) -> Considered | None:
        """What a query would be answered with by a snapshot if there were no gate; None as `consider` says."""
        question = self._read(query, snapshot)
        return None if question.lacking and not question.held else self._considered(query, question, snapshot)

    def _considered(self, query: Query, question: Question, snapshot: Snapshot) -> Considered:
        if question.beside:
            return self._beside_named(query, question, snapshot)
        if question.held:
            considered = about(snapshot, self.reader, self.embedder.embed_query, self._wants, query, question)
            if weight_of(snapshot, question.rest):
                held = question.held[: query.limit]
                asked = values_for(snapshot, self.reader, self.embedder, query, held, question.rest)
                considered = with_values(considered, asked, named=True)
            return self._with_pairs(considered, query, question, snapshot)
        return explained(snapshot, query, self._search(query, snapshot))

    def _with_pairs(self, considered: Considered, query: Query, question: Question, snapshot: Snapshot) -> Considered:
        kinds = self._wants(self.embedder.embed_query(query.text)) if self._wants and len(question.held) > 1 else {}
        return with_pairs(considered, snapshot, self.reader, self.embedder, kinds, query, question.held)

    def _beside_named(self, query: Query, question: Question, snapshot: Snapshot) -> Considered:
        """What a query for the add-on of a code would be answered with: the code's title stands for it."""
        titles = [held[0].entry.title for held in entries_in_force(snapshot, question.held, query).values()]
        considered = self._search(replace(query, text=question.beside.replace(CODE, " ".join(titles))), snapshot)
        others = tuple(item for item in considered.candidates if item.code.bare not in question.held)
        return replace(considered, candidates=others)

    def _read(self, query: Query, snapshot: Snapshot) -> Question:
        question = read_question(query.text, self.systems, lambda codes: held_codes(snapshot, codes, query))
        if query.about is None:
            return question
        held = bool(held_codes(snapshot, [query.about], query))
        return replace(question, held=(query.about,) if held else (), lacking=() if held else (query.about,))

    def _search(self, query: Query, snapshot: Snapshot) -> Considered:
        """What a query that describes a procedure or asks for guidance would be answered with."""
        settings = self._settings
        wording = snapshot.wording()
        reworded = replace(query, text=wording.reword(query.text))
        embedded = snapshot.embed(self._beside, self.embedder.embed_query, reworded.text, settings.depth, reworded)
        weight = weight_of(snapshot, reworded.text)
        asked = wording.spell(query.text)
        snapshot.anticipate(reworded.text, settings.depth, reworded, asked)
        vector = embedded()
        hits = retrieve(
            snapshot,
            vector,
            reworded,
            depth=settings.depth,
            lexical_weight=settings.lexical_weight,
            asked=asked,
        )
        leading = gather(hits, query.systems)[: max(_CONSIDERED, query.limit)]
        hits, leading, entries = in_force(snapshot, hits, leading, query)
        profiles = snapshot.profiles([item.code for item in leading], vector)
        evidence = ordered(query, leading, profiles, entries, weight, snapshot.terms)
        found = guides(snapshot, query, vector, weight, evidence)
        titles = headed(evidence) | {held[0].entry.code: held[0].entry.title for held in entries.values()}
        kinds = self._wants(vector) if self._wants else {}
        wants = max(kinds, key=lambda one: kinds[one]) if kinds else None
        code_wanted = kinds.get(Wants.CODE, 0.5)
        near = near_passages(hits, found)
        judged = read_statements(
            self.reader, snapshot, asked, vector, found.weight, near, evidence, titles, code_wanted
        )
        evidence = by_reading(evidence, judged.titles)
        evidence = with_differences(query, evidence, entries, weight, snapshot.terms)
        sharpness, least, level = choice_model()
        shares = shares_of([item.score for item in evidence], sharpness)
        size = size_of_choice(shares, least)
        shown = math.fsum(shares[: size if size <= MOST_CHOSEN else 1])
        support = supported(snapshot, query.text, judged, code_wanted, hits=hits, evidence=evidence, shown=shown)
        sure = confidence(support)
        candidates = tuple(
            candidate_of(snapshot, item, sure * share, weight, entries)
            for item, share in zip(evidence[: query.limit], shares, strict=False)
        )
        statements = quoted_of(judged)
        rule = wants not in (None, Wants.CODE) and bool(statements)
        choice = None if rule else choice_among(snapshot, candidates, size, level)
        near_enough = any(hit.similarity >= _NEAR_ENOUGH for hit in hits[:_FIRST])
        considered = Considered(
            support,
            sure,
            statements,
            candidates,
            tuple(NearestCode(item.code, item.title or str(item.code)) for item in evidence[:3]),
            reason_of(snapshot, query.text, [item.code for item in evidence[:3]]),
            tuple(item.statement for item in judged.statements[:CLOSEST]) if near_enough else (),
            Form.RULE if rule else Form.CHOICE if choice else Form.CODE,
            wants,
            judged,
            choice,
        )
        if not evidence or wants in (None, Wants.CODE, Wants.RULE):
            return considered
        # What is asked of a code that the query describes is what the code's title does not hold.
        leader = evidence[0].code
        titled = set(snapshot.terms(titles.get(leader, "")))
        words = [word for word in query.text.split() if not titled & set(snapshot.terms(word))]
        asked_values = values_for(snapshot, self.reader, self.embedder, query, [leader], " ".join(words))
        return with_values(considered, asked_values, named=False)

    def search(
        self, query: Query, lexical_weight: float, snapshot: Snapshot
    ) -> tuple[tuple[Evidence, ...], tuple[Hit, ...]]:
        """One search alone (0 dense, 1 BM25) or both fused, without rewording, ranking and gate: for evaluation."""
        vector = self.embedder.embed_query(query.text)
        hits = retrieve(snapshot, vector, query, depth=self._settings.depth, lexical_weight=lexical_weight)
        return gather(hits, query.systems), hits

    def rule(self) -> Rule:
        """The threshold in force now, and what it rests on."""
        with self.library.store.reading() as reads:
            return self.grounds.rule(reads)

    def code_page(self, code: Code, query: Query | None = None) -> CodePage | None:
        """Everything the library says of a code, section by section; None if no document is about it or names it.

        A code with an edition is shown in that edition where the library holds it, otherwise in the newest.
        """

        def page(snapshot: Snapshot) -> CodePage | None:
            asked = query or Query(str(code))
            return code_page(snapshot, code, entries_in_force(snapshot, [code], asked).get(code.bare, ()), asked)

        return self.standing(page, lambda shown: citations_on(shown) if shown else ())

    def verify(self, citations: Sequence[Citation]) -> list[str]:
        """What is wrong with saved citations, one line each; empty where every quote stands where it says."""
        with self.library.store.reading() as reads:
            return wrong_citations(reads, citations)


def open_assistant(index: Path, settings: Settings, *, create: bool = False) -> Assistant:
    """The assistant over the library in a folder; `create` makes an empty library where there is none."""
    embedder = load_embedder(
        settings.model, settings.model_cache, threads=settings.threads, query_prefix=settings.query_prefix
    )
    library = Library(
        index, model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension, create=create
    )
    return Assistant(library, embedder, settings)
