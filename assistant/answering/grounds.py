"""What the gate rests on: what was read and found for a query, and the rule in force."""

import hashlib
import math
from collections.abc import Callable, Sequence

from assistant.answering.judging import Read
from assistant.calibration import (
    Circumstances,
    Numbers,
    Rule,
    Support,
    content_terms,
    covered,
    measure_support,
    model_digest,
    rarity,
    read_certificate,
    rule_in_force,
    why_unsupported,
)
from assistant.library import Reads
from assistant.retrieval.snapshot import Snapshot
from assistant.settings import Settings
from assistant.types import Evidence, Hit
from assistant.types.codes import Code

# Where the certificates are kept in the library, the better first: of an evaluation set, of the library's own making.
CERTIFICATES = ("certificate:set", "certificate:self")
_DEEP = 40
_FIRST = 3
# What the codes of a system are called.
_CALLED = {"ICD-10-CM": "diagnosis diagnoses", "ICD-10-PCS": "procedure", "CPT": "procedure", "CDT": "procedure"}


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


def supported(
    snapshot: Snapshot,
    text: str,
    read: Read,
    code_wanted: float,
    *,
    named: Sequence[Code] = (),
    hits: Sequence[Hit] = (),
    evidence: Sequence[Evidence] = (),
    shown: float = 0.0,
) -> Support:
    """How far what was read, and what was found, supports an answer to a text; `named` are the codes that it names,
    `shown` is the share of the codes that would be shown first."""
    cosines = sorted((hit.similarity for hit in hits), reverse=True) or [0.0]
    lexis = snapshot.lexis()
    words = lexis.words(text)
    weights = lexis.weigh(words.values())
    whole = math.fsum(weights.values()) or 1.0
    leader = evidence[0].code if evidence else None
    about = named or ([leader] if leader else [])
    held = frozenset().union(*(_terms_of(snapshot, code) for code in about))
    # What stands in the heading above a statement counts as said.
    headings = {item.statement.citation.section for item in read.statements}
    held = held.union(*(snapshot.terms(heading) for heading in headings))
    # So are the words for what a row's code is.
    shown_codes = {item.code.system for item in read.statements[:_FIRST] if item.code is not None}
    held = held.union(*(snapshot.terms(_CALLED.get(system, "")) for system in shown_codes))
    best = read.statements[0].statement.text if read.statements else ""
    return measure_support(
        Numbers(
            named=bool(named),
            statements=[item.answers for item in read.statements],
            title=read.titles.get(leader) if leader else None,
            shown=shown,
            code_wanted=code_wanted,
            similarity=cosines[0],
            # A small library has no fortieth passage; it then counts as half as near as the first.
            relief=cosines[0] - (cosines[_DEEP - 1] if len(cosines) >= _DEEP else cosines[0] / 2),
            agreement=_agree(hits),
            covered=covered(weight_of(snapshot, text), held | frozenset(snapshot.terms(best))),
            missing=[
                weights[term] / whole for word, term in words.items() if term not in held and lexis.is_unknown(word)
            ],
        )
    )


def reason_of(snapshot: Snapshot, text: str, about: Sequence[Code]) -> Callable[[], str | None]:
    """Gives the sentence that says which word of a text the documents lack, where one explains a refusal.

    `about` are the codes that lead: what their documents say counts, headings included.
    """

    def tell() -> str | None:
        headings = snapshot.remembered("headings", lambda: _headings(snapshot))
        return why_unsupported(text, snapshot.lexis(), headings.union(*(_terms_of(snapshot, code) for code in about)))

    return tell


def _headings(snapshot: Snapshot) -> frozenset[str]:
    """The terms of the headings of the library."""
    slugs = {row[4] for row in snapshot.own_subjects()}
    return frozenset(term for slug in slugs for term in snapshot.terms(slug.replace("-", " ")))


def _agree(hits: Sequence[Hit]) -> bool:
    """Whether both searches put one and the same code, or prose, first."""
    if not hits:
        return False
    nearest = max(hits, key=lambda hit: (hit.similarity, -hit.rank))
    worded = max(hits, key=lambda hit: (hit.bm25, -hit.rank))
    return worded.bm25 > 0 and nearest.passage.code == worded.passage.code


def _terms_of(snapshot: Snapshot, code: Code) -> frozenset[str]:
    """All terms of what the documents say of a code in its own edition, headings included."""

    def collect() -> frozenset[str]:
        about = snapshot.passages_about(code.bare)
        return frozenset(
            term
            for item in about
            if item.document.edition == code.edition
            for term in snapshot.terms(f"{item.passage.context} {item.passage.text}")
        )

    return snapshot.remembered(("terms", code), collect)
