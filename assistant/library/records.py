"""What the library gives out of its rows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.types import CodeEntry, Document, DocumentInfo, Passage
from assistant.types.codes import Code
from assistant.types.pairs import CodePair


def codes_found(document: Document, passages: Iterable[Passage]) -> int:
    """How many codes a document is about or names for certain."""
    found = {entry.code.bare for entry in document.entries}
    return len(found | {m.code.bare for passage in passages for m in passage.mentions if m.certain})


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
class StoredPair:
    """A row that pairs two codes, with its document."""

    pair: CodePair
    document: DocumentInfo


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


@dataclass(frozen=True, slots=True)
class Span:
    """Where a passage stands in its document, and what is searched of it ("" where nothing is)."""

    document_id: str
    start: int
    end: int
    indexed: str


@dataclass(frozen=True, slots=True)
class LexicalFilter:
    """Only passages of these documents, and of these systems or of none (""). None does not restrict."""

    documents: tuple[int, ...] | None = None
    systems: tuple[str, ...] | None = None
