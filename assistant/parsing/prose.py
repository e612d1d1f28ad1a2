"""Puts a document of headed prose together, for every format that has headings."""

from collections.abc import Sequence

from assistant.parsing.glossary import read_synonyms
from assistant.parsing.sections import Heading, slugify, tile
from assistant.parsing.subject import Subject
from assistant.types import CodeEntry, Document


def prose_document(
    text: str, stem: str, subject: Subject, headings: Sequence[Heading], *, body_start: int = 0
) -> Document:
    """The document; its id comes from what it is about (`cpt-20972-2025`), else from its file name."""
    code = subject.code
    sections = tile(text, headings, code=code, context=subject.title, body_start=body_start)
    about = f"{code}-{code.edition}" if code and code.edition else str(code or stem)
    return Document(
        id=subject.id or slugify(about) or "document",
        title=subject.title,
        text=text,
        sections=sections,
        entries=(CodeEntry(code, subject.title, *subject.span),) if code else (),
        edition=subject.edition,
        effective=subject.effective,
        expires=subject.expires,
        family=subject.family,
        synonyms=read_synonyms(subject.title, text, sections),
    )
