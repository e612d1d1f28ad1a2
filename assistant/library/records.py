"""What the library gives out of its rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.types import CodeEntry, DocumentInfo, Passage
from assistant.types.codes import Code, Mention
from assistant.types.days import read_day

DOCUMENT_COLUMNS = (
    "id, title, sha256, source_name, media_type, edition, effective, expires, characters, passages, codes, generation, "
    "pages"
)
JOINED_COLUMNS = ", ".join(f"d.{name.strip()}" for name in DOCUMENT_COLUMNS.split(","))
PASSAGE_COLUMNS = (
    'p.pk, p.document, p.id, p.section, p.section_title, p.start, p."end", p.text, p.body_start, p.body_end, '
    "p.context, p.system, p.value, p.quote_start, p.quote_end, p.page, p.location"
)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its document."""

    passage: Passage
    document: DocumentInfo


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A passage about a code, as ranking sees it: `opening` where it describes the code, and its vector's bytes."""

    key: int
    code: Code
    opening: bool
    vector: bytes
    section: str = ""


@dataclass(frozen=True, slots=True)
class ProseRow:
    """A searchable passage about no code: its place, its vector's bytes, what is searched of it, the codes it names."""

    key: int
    document: int
    section: str
    heading: str
    text: str
    vector: bytes
    names: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """All passages about a code: their vectors as rows, and section, opening mark and terms of each."""

    vectors: NDArray[np.float32]
    sections: tuple[str, ...]
    opening: tuple[bool, ...]
    counts: tuple[Counter[str], ...]


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A code that a document of the library is about, and the words in which the document first describes it."""

    entry: CodeEntry
    document: DocumentInfo
    family: str
    description: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the library knows of a file it has read: enough to tell whether it changed.

    Files of the same bytes are one document, which is known by the name of each.
    """

    document_id: str
    source_name: str
    root: str
    source_sha256: str
    recipe: str
    edition: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as it is listed: with the names of all files that hold it, the codes found in it, and its warnings.

    `found` counts the codes it is about and those it names for certain.
    """

    document: DocumentInfo
    names: tuple[str, ...]
    found: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a document came from: its file's name and bytes, and the indexed folder it belongs to ("" = none).

    `names` are (root, name) of other files that hold the same bytes.
    """

    source: bytes
    source_name: str
    root: str
    media_type: str
    recipe: str
    names: tuple[tuple[str, str], ...] = ()


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


def read_entry(row: Sequence[Any]) -> StoredEntry:
    entry = CodeEntry(
        code=Code(row[0], row[1], row[2]),
        title=row[3],
        start=row[4],
        end=row[5],
        billable=bool(row[6]),
        effective=read_day(row[7]),
        expires=read_day(row[8]),
    )
    return StoredEntry(entry, read_document(row[11:]), row[9], row[10] or "")
