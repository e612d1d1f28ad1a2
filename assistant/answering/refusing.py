"""Words a refusal: why nothing is answered, in one sentence for a person."""

from collections.abc import Sequence

from assistant.language.tongue import ASK_IN_ENGLISH, foreign_language
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Candidate, NearestCode, Query, Refusal, RefusalReason, Statement
from assistant.types.codes import Code

_UNSUPPORTED = (RefusalReason.OUT_OF_CORPUS, RefusalReason.NOT_ENOUGH_EVIDENCE)
# A query of whose words the library holds more than this share is one that it can read.
_KNOWN = 0.5


def refuse(
    snapshot: Snapshot,
    query: Query,
    reason: RefusalReason,
    confidence: float = 0.0,
    nearest: tuple[NearestCode, ...] = (),
    *,
    lacking: Sequence[Code] = (),
    withheld: tuple[Candidate, ...] = (),
    why: str | None = None,
    closest: tuple[Statement, ...] = (),
) -> Refusal:
    """A refusal for a reason; `lacking` are the codes that a query names and the library does not hold."""
    codes = ", ".join(str(code) for code in lacking)
    messages: dict[RefusalReason, str] = {
        RefusalReason.OUT_OF_CORPUS: "Nothing in the library supports an answer to this.",
        RefusalReason.NOT_ENOUGH_EVIDENCE: "The library has something near, but not enough to support an answer.",
        RefusalReason.EMPTY_LIBRARY: "The library is empty; add the documents that answers shall come from.",
        RefusalReason.CODE_NOT_IN_CORPUS: f"The library does not hold {codes}; it answers only codes it holds.",
    }
    if lacking and snapshot.entries(lacking):
        messages[reason] = f"The library holds {codes}, but not for the date of service or the code systems asked for."
    message = why or messages[reason]
    if reason is RefusalReason.OUT_OF_CORPUS and not closest:
        message += " Describe a procedure, name a code, or ask for a rule that your documents state."
    tongue = _tongue(snapshot, query.text) if reason in _UNSUPPORTED else None
    if tongue is not None:
        message = f"{ASK_IN_ENGLISH[tongue]} (The documents are in English; ask in English.)"
    return Refusal(
        query.text,
        reason,
        message,
        confidence,
        nearest,
        snapshot.stamp(),
        withheld=withheld,
        closest=closest,
        language=tongue,
    )


def _tongue(snapshot: Snapshot, text: str) -> str | None:
    """The language of a query that holds few words of the library and is plainly not English."""
    terms = set(snapshot.terms(text))
    known = sum(1 for term in terms if snapshot.document_frequency(term))
    return foreign_language(text) if terms and known <= _KNOWN * len(terms) else None
