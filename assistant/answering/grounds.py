"""What the gate rests on: the words of the library and of the trade, what was told of a code, and the rule in force."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from assistant.answering.guides import Guides
from assistant.calibration import (
    NOTHING_TOLD,
    Circumstances,
    Lexis,
    Reading,
    Remembered,
    Rule,
    Told,
    content_terms,
    model_digest,
    rarity,
    read_certificate,
    rule_in_force,
    sending_away,
)
from assistant.language.quantities import fits, measured
from assistant.library import Library, StoredEntry
from assistant.retrieval.in_force import Entries
from assistant.settings import Settings
from assistant.types import Evidence, Hit, Profile
from assistant.types.codes import Code

# Where the certificates are kept in the library, the better first: of an evaluation set, of the library's own making.
CERTIFICATES = ("certificate:set", "certificate:self")
# Of so many sections of guidance the gate reads what they hold.
_TELLING = 2


class Grounds:
    """The grounds for one library under one model and one set of settings; each is made once for a generation."""

    def __init__(self, library: Library, fingerprint: str, settings: Settings) -> None:
        self._library, self._fingerprint, self._settings = library, fingerprint, settings
        self._lexis: tuple[int, Lexis] | None = None
        self._told: Remembered[Told] = Remembered()
        self._sentences: Remembered[list[frozenset[str]]] = Remembered()
        self._rule: tuple[tuple[int, tuple[str | None, ...]], Rule] | None = None

    def rule(self) -> Rule:
        """The threshold in force, and what it rests on: a certificate that holds for the library as it is, or none."""
        store = self._library.store
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
        passages, added = self._library.store.extent(since)
        return Circumstances(
            self._library.stamp.generation,
            passages,
            added,
            self._fingerprint,
            hashlib.sha256(repr(facts).encode()).hexdigest()[:16],
        )

    def lexis(self) -> Lexis:
        """What the library and the trade know of words, for the library's present generation."""
        library = self._library
        generation = library.stamp.generation
        if self._lexis is None or self._lexis[0] != generation:
            self._lexis = (generation, Lexis(library.terms, library.document_frequency, len(library)))
        return self._lexis[1]

    def weight(self, text: str) -> dict[str, float]:
        """What each term of a text weighs that carries a subject."""
        wanted = content_terms(text, self._library.terms)
        return rarity(wanted, self._library.document_frequency, len(self._library))

    def reading(
        self,
        text: str,
        weight: Mapping[str, float],
        hits: Sequence[Hit],
        evidence: Sequence[Evidence],
        profiles: Mapping[Code, Profile],
        entries: Entries,
        guides: Guides,
    ) -> Reading:
        """What the gate reads of a described query."""
        of_code = {held[0].entry.code: held[0] for held in entries.values()}
        return Reading(
            text,
            weight,
            hits,
            evidence,
            profiles,
            self._told_of(evidence[0].code) if evidence else NOTHING_TOLD,
            Told.of((item for section in guides.sections[:_TELLING] for item in section), self._library.terms),
            {code: entry.family for code, entry in of_code.items() if entry.family},
            {code: entry.entry.title for code, entry in of_code.items()},
            bool(evidence) and evidence[0].code in of_code and _fits(text, of_code[evidence[0].code]),
            self._away(hits),
            guides.bm25,
        )

    def _away(self, hits: Sequence[Hit]) -> list[tuple[frozenset[str], float]]:
        """The terms of each sentence of the hits that names only codes which the library lacks; its cosine."""
        generation, terms = self._library.stamp.generation, self._library.terms
        found = []
        for hit in hits:
            passage = hit.passage
            if passage.code is not None and any(mention.certain for mention in passage.mentions):
                tell = partial(sending_away, passage, terms, self._held)
                sentences = self._sentences.get(generation, passage.id, tell)
                found += [(held, max(0.0, hit.similarity)) for held in sentences]
        return found

    def _held(self, codes: Collection[Code]) -> Collection[Code]:
        return self._library.entries(list(codes)).keys()

    def _told_of(self, code: Code) -> Told:
        """What the documents say of a code in its own edition."""
        library = self._library

        def tell() -> Told:
            about = library.store.passages_about(code.bare)
            here = (item for item in about if item.document.edition == code.edition)
            return Told.of(here, library.terms, self._held)

        return self._told.get(library.stamp.generation, code, tell)


def _fits(text: str, entry: StoredEntry) -> bool:
    """Whether a size, an age or a time that a text states lies in the range of a code's title or description."""
    title = entry.entry.title
    return fits(measured(text), title, f"{title} {entry.description}") > 0
