"""Values for tests, with defaults for what a test does not care about."""

import hashlib
from collections.abc import Sequence

from assistant.library import StoredPassage
from assistant.types import DocumentInfo, Evidence, Hit, Passage
from assistant.types.codes import Code, find_codes


def document(text: str, document_id: str = "a-document", edition: str | None = "2025") -> DocumentInfo:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return DocumentInfo(
        document_id, "A document", digest, "a.md", "text/plain", edition, None, None, len(text), 1, 0, 1
    )


def passage(
    text: str,
    code: str | None = None,
    *,
    start: int = 0,
    body: tuple[int, int] | None = None,
    quote: tuple[int, int] | None = None,
    section: str = "lead",
    number: int = 1,
    edition: str | None = "2025",
) -> Passage:
    return Passage(
        id=f"a-document#{section}.{number}",
        document_id="a-document",
        section=section,
        section_title=section.capitalize(),
        start=start,
        end=start + len(text),
        text=text,
        body=body or (0, len(text)),
        context="",
        code=Code("CPT", code, edition) if code else None,
        mentions=find_codes(text),
        quote=quote,
    )


def stored(text: str, code: str | None = None, **details: object) -> StoredPassage:
    return StoredPassage(passage(text, code, **details), document(text))


def hit(
    text: str,
    code: str | None = None,
    *,
    score: float = 1.0,
    rank: int = 1,
    similarity: float = 0.5,
    edition: str | None = "2025",
    **details: object,
) -> Hit:
    return Hit(
        passage(text, code, edition=edition, **details),
        document(text, edition=edition),
        score,
        rank,
        similarity,
    )


def evidence(code: str, *, score: float = 1.0, hits: Sequence[Hit] = ()) -> Evidence:
    return Evidence(Code("CPT", code, "2025"), "", score, tuple(hits))
