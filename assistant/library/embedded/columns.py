"""The columns that a document, a passage and a code's entry are read from, and how they are."""

from collections.abc import Sequence
from typing import Any

from assistant.errors import UnknownDocument
from assistant.library.records import StoredEntry
from assistant.types import CodeEntry, DocumentInfo, DocumentKind, Passage
from assistant.types.codes import Code, Mention
from assistant.types.days import read_day

DOCUMENT_COLUMNS = (
    "id, title, sha256, source_name, media_type, edition, effective, expires, characters, passages, codes, generation, "
    "pages, kind"
)
PASSAGE_COLUMNS = (
    'p.pk, p.document, p.id, p.section, p.section_title, p.start, p."end", p.text, p.body_start, p.body_end, '
    "p.context, p.system, p.value, p.quote_start, p.quote_end, p.page, p.location"
)


def read_document(row: Sequence[Any]) -> DocumentInfo:
    return DocumentInfo(
        id=row[0],
        title=row[1],
        sha256=row[2],
        source_name=row[3],
        media_type=row[4],
        edition=row[5],
        effective=read_day(row[6]),
        expires=read_day(row[7]),
        characters=row[8],
        passages=row[9],
        codes=row[10],
        generation=row[11],
        pages=row[12],
        kind=DocumentKind(row[13]) if row[13] else None,
    )


def read_passage(row: Sequence[Any], document: DocumentInfo, mentions: tuple[Mention, ...]) -> Passage:
    return Passage(
        id=row[2],
        document_id=document.id,
        section=row[3],
        section_title=row[4],
        start=row[5],
        end=row[6],
        text=row[7],
        body=(row[8], row[9]),
        context=row[10],
        code=Code(row[11], row[12], document.edition) if row[12] else None,
        mentions=mentions,
        quote=(row[13], row[14]) if row[13] is not None else None,
        page=row[15] if row[15] is not None else None,
        location=row[16],
    )


def read_entry(row: Sequence[Any], document: DocumentInfo) -> StoredEntry:
    entry = CodeEntry(
        code=Code(row[0], row[1], row[2]),
        title=row[3],
        start=row[4],
        end=row[5],
        billable=bool(row[6]),
        effective=read_day(row[7]),
        expires=read_day(row[8]),
    )
    return StoredEntry(entry, document, row[9], row[10] or "")


def unknown(document_id: str) -> UnknownDocument:
    return UnknownDocument(f"the library holds no document {document_id!r}; `assistant documents` lists what it holds")
