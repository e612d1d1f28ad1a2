"""What the gate rests on: what was told of a code and beside it, and the rule in force."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence

from assistant.answering.guides import Guides
from assistant.calibration import (
    NOTHING_TOLD,
    Circumstances,
    Reading,
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
from assistant.library import Reads, StoredEntry
from assistant.retrieval.in_force import Entries
from assistant.retrieval.snapshot import Snapshot
from assistant.settings import Settings
from assistant.types import Evidence, Hit, Passage, Profile
from assistant.types.codes import Code

# Where the certificates are kept in the library, the better first: of an evaluation set, of the library's own making.
CERTIFICATES = ("certificate:set", "certificate:self")
# Of so many sections of guidance the gate reads what they hold.
_TELLING = 2


class Grounds:
    """The grounds under one model and one set of settings."""

    def __init__(self, fingerprint: str, settings: Settings) -> None:
        self._fingerprint, self._settings = fingerprint, settings
        self._rule: tuple[tuple[int, tuple[str | None, ...]], Rule] | None = None

    def rule(self, reads: Reads | Snapshot) -> Rule:
        """The threshold in force, and what it rests on: a certificate that holds for a state, or none."""
        kept = tuple(reads.meta(key) for key in CERTIFICATES)
        generation = reads.stamp().generation
        held = self._rule
        if held is None or held[0] != (generation, kept):
            certificates = [found for text in kept if (found := read_certificate(text))]
            now = [self.circumstances(reads, found.generation) for found in certificates]
            held = self._rule = ((generation, kept), rule_in_force(certificates, now))
        return held[1]

    def circumstances(self, reads: Reads | Snapshot, since: int = -1) -> Circumstances:
        """What a certificate of a generation holds for, as it is in a state of the library."""
        settings = self._settings
        facts = (
            settings.depth,
            settings.lexical_weight,
            settings.query_prefix,
            settings.passage_tokens,
            sorted(settings.code_systems.items()),
            model_digest(),
        )
        passages, added = reads.extent(since)
        return Circumstances(
            reads.stamp().generation,
            passages,
            added,
            self._fingerprint,
            hashlib.sha256(repr(facts).encode()).hexdigest()[:16],
        )


def weight_of(snapshot: Snapshot, text: str) -> dict[str, float]:
    """What each term of a text weighs that carries a subject."""
    return rarity(content_terms(text, snapshot.terms), snapshot.document_frequency, len(snapshot))


def reading(
    snapshot: Snapshot,
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
        _told_of(snapshot, evidence[0].code) if evidence else NOTHING_TOLD,
        Told.of((item for section in guides.sections[:_TELLING] for item in section), snapshot.terms),
        {code: entry.family for code, entry in of_code.items() if entry.family},
        {code: entry.entry.title for code, entry in of_code.items()},
        bool(evidence) and evidence[0].code in of_code and _fits(text, of_code[evidence[0].code]),
        _away(snapshot, hits),
        guides.bm25,
    )


def _away(snapshot: Snapshot, hits: Sequence[Hit]) -> list[tuple[frozenset[str], float]]:
    """The terms of each sentence of the hits that names only codes which the library lacks; its cosine."""
    held = _held_by(snapshot)
    found = []
    for hit in hits:
        passage = hit.passage
        if passage.code is not None and any(mention.certain for mention in passage.mentions):

            def tell(passage: Passage = passage) -> list[frozenset[str]]:
                return sending_away(passage, snapshot.terms, held)

            sentences = snapshot.remembered(("away", passage.id), tell)
            found += [(terms, max(0.0, hit.similarity)) for terms in sentences]
    return found


def _told_of(snapshot: Snapshot, code: Code) -> Told:
    """What the documents say of a code in its own edition."""

    def tell() -> Told:
        about = snapshot.passages_about(code.bare)
        here = (item for item in about if item.document.edition == code.edition)
        return Told.of(here, snapshot.terms, _held_by(snapshot))

    return snapshot.remembered(("told", code), tell)


def _held_by(snapshot: Snapshot) -> Callable[[Collection[Code]], Collection[Code]]:
    """Which of some codes the library holds."""
    return lambda codes: snapshot.entries(list(codes)).keys()


def _fits(text: str, entry: StoredEntry) -> bool:
    """Whether a size, an age or a time that a text states lies in the range of a code's title or description."""
    title = entry.entry.title
    return fits(measured(text), title, f"{title} {entry.description}") > 0
