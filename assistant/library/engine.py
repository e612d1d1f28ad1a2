"""What a library needs of an engine that keeps it: the protocols, and what each promises. SQLite with FAISS and tantivy
is the first (`embedded`, `search`); `tests/test_library_engine.py` is what every engine must pass.

The truth is an `Engine`: `Reads`, `Changes`, `jobs`, `inbox`, `reports`. `LocalCache` and `Search` are of one machine.
Keys of documents and passages are whole numbers that are never given out twice; a passage never changes under its key.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.library.records import (
    Filing,
    Known,
    LexicalFilter,
    Listed,
    ProfileRow,
    ProseRow,
    Span,
    StoredEntry,
    StoredPair,
    StoredPassage,
)
from assistant.library.uploads import LoggedJob, Receipt
from assistant.types import Document, DocumentInfo, LibraryStamp, Passage, Synonym
from assistant.types.codes import Code
from assistant.types.tables import Table

Keys = Sequence[int]
Vectors = NDArray[np.float32]
Halves = NDArray[np.float16]


class Feed(Protocol):
    """What the searchers follow: the generation, and what came and went since an earlier one. Of one state."""

    def meta(self, key: str) -> str | None:
        """A fact of the library by its name; None where it is not kept."""

    def generation(self) -> int:
        """How often what is searched has changed. Every committed change raises it by one; nothing else does."""

    def counts(self) -> tuple[int, int, int]:
        """(documents, searchable passages, codes that documents are about or name)."""

    def vectors_since(self, generation: int, until: int, dimension: int) -> tuple[NDArray[np.int64], Halves]:
        """Keys, in order, and vectors of the searchable passages that came after a generation, until another."""

    def searchable_since(self, generation: int, until: int) -> Iterator[tuple[int, int, str, str]]:
        """(key, document key, system or "", indexed text) of the same, by key. To be read to its end at once."""

    def removed_since(self, generation: int) -> list[int]:
        """Keys, in order, of documents removed after a generation; after compaction, not of those before it."""


class Reads(Feed, Protocol):
    """What is read of a library. Of one state (`Engine.reading`) for one thread, and nothing changes it; the engine's
    own reads are for any number of threads, and each call sees what was committed before it began, whole."""

    def stamp(self) -> LibraryStamp:
        """The generation, and the model that the vectors are of."""

    def extent(self, since: int) -> tuple[int, int]:
        """(passages of all documents, passages of those that came after a generation)."""

    def uncompacted(self) -> bool:
        """Whether something was removed, or its arrival interrupted, since the library was last compacted."""

    # documents; UnknownDocument is raised for an id that is not there

    def documents(self) -> tuple[DocumentInfo, ...]:
        """All documents, by id."""

    def document(self, document_id: str) -> DocumentInfo:
        """One document."""

    def document_keys(self) -> list[int]:
        """The keys of all documents, in order."""

    def documents_on(self, day: datetime.date) -> list[int]:
        """The keys of the documents that hold on a day; one without dates always does."""

    def digests(self, document_ids: Sequence[str]) -> dict[str, str]:
        """The sha256 of the text of each of some documents that is there."""

    def listed(self) -> tuple[Listed, ...]:
        """All documents as they are listed, by id."""

    def listed_document(self, document_id: str) -> Listed:
        """One document as it is listed."""

    def known(self) -> tuple[Known, ...]:
        """All files that the library has read, by document, root and name."""

    def text(self, document_id: str) -> str:
        """The stored text that citations point into."""

    def source(self, document_id: str) -> bytes:
        """The original bytes."""

    def places(self, document_id: str) -> bytes:
        """Where the words of the text stand on the pages, packed; empty where the document has no pages."""

    def tables(self, document_id: str) -> tuple[Table, ...]:
        """The tables of a document, in the order of its text; none where it was stored before they were kept."""

    def slice(self, document_id: str, start: int, end: int) -> str:
        """[start, end) of the stored text of a document, without reading the rest."""

    def titles(self, document_id: str) -> dict[Code, str]:
        """The codes that a document is about or names for certain, without edition, with the titles it gives them."""

    def synonyms(self) -> tuple[Synonym, ...]:
        """What the documents say that terms stand for, in the order of the documents."""

    # passages; those given by key or code come in the order of their documents and places

    def passages(self, keys: Keys) -> dict[int, StoredPassage]:
        """The passages of these keys that are there."""

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """All passages of a document in the order of its text, those that are not searched too."""

    def passages_about(self, code: Code, document_id: str | None = None) -> tuple[StoredPassage, ...]:
        """All passages whose subject is a code, and the rows that name it, of one document or of all."""

    def passages_naming(self, codes: Sequence[Code]) -> tuple[StoredPassage, ...]:
        """Narrative passages, about no code, that name at least two of some codes."""

    def passage_at(self, document_id: str, place: int) -> tuple[int, StoredPassage]:
        """The key and passage of a document that holds the character at a place."""

    def indexed_texts(self, keys: Keys) -> dict[int, str]:
        """What is searched of some passages."""

    def spans(self, keys: Keys) -> dict[int, Span]:
        """Where some passages stand, and what is searched of each."""

    def surroundings(self, keys: Keys, most: int) -> dict[int, tuple[int, ...]]:
        """All searchable passages of its document, for prose about no code where that document has at most `most`."""

    def keys_of(self, codes: Sequence[Code]) -> list[int]:
        """Keys, in order, of the passages that are about one of some codes, in any edition, or name one."""

    def subjects(self) -> list[tuple[int, int, str, str, str]]:
        """(key, document key, system or "", code or "", section) of the searchable passages that can answer, by key."""

    def seen(self) -> NDArray[np.int64]:
        """Keys of all passages that are there."""

    def allowed(self, documents: Sequence[int] | None, systems: Sequence[str] | None) -> NDArray[np.int64]:
        """Keys of the searchable passages of some documents, about a code of some systems or about none."""

    def prose(self, most: int) -> list[ProseRow] | None:
        """The searchable passages about no code, in the order of their documents; None where there are none, or more.

        A document that has more is left out, and so are code sets, each of whose passages is a code.
        """

    # codes

    def entries(self, codes: Sequence[Code]) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes (by code without edition) in all editions: those with a title before those
        without, then by the kind of their document, and the newest first; none for one not held."""

    def siblings(self, entry: StoredEntry, limit: int = 12) -> tuple[tuple[Code, str], ...]:
        """The other codes of an entry's family with their titles, by value; without a family, those of its document
        that differ from it in the last character."""

    def family_codes(self, families: Sequence[str]) -> tuple[Code, ...]:
        """The codes of documents that name one of some families, in order."""

    def titles_in_others(self, codes: Sequence[Code], own: Iterable[str]) -> Iterator[tuple[Code, str, str]]:
        """(code, title, file) of the entries of some codes, in their editions, in other documents than `own`,
        where they have a title."""

    # rows that pair codes, by the first and the second code, the document and the place

    def pairs_among(self, codes: Sequence[Code]) -> tuple[StoredPair, ...]:
        """The rows that pair two of some codes."""

    def pairs_of(self, code: Code, limit: int) -> tuple[int, tuple[StoredPair, ...]]:
        """How many rows pair a code with another, and as many of them as a limit allows."""

    def is_paired(self, code: Code) -> bool:
        """Whether any row pairs a code with another."""

    # vectors

    def missing_vectors(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which content hashes have no vector yet."""

    def vectors_of(self, keys: Keys, dimension: int) -> tuple[list[int], Vectors]:
        """Those of some passages that are there, and their vectors, a row each."""

    def statement_vectors(self, keys: Keys, dimension: int) -> dict[int, Vectors]:
        """The vectors of the statements of some passages, a row each in their order; only of those that have some."""

    def rows_about(self, codes: Sequence[Code]) -> list[ProfileRow]:
        """The searchable passages about some codes, in the codes' own editions, by key."""

    def sources_of(self, system: str, kinds: Sequence[str]) -> list[tuple[str, int, str]]:
        """(the system or a kind, key, sha256) of the documents that define its codes or whose context is of a kind."""

    def lines(self, document: int) -> Iterator[tuple[str, str]]:
        """(context, line) of a document that was put together from lines, those that were split made whole again."""

    def vectors_about(self, system: str, dimension: int) -> tuple[list[int], list[str], Halves]:
        """Keys, code values and vectors of the searchable passages about a system's codes, by key."""


class Changes(Protocol):
    """What changes a library. Each is committed whole or not at all when it returns, whatever dies meanwhile.

    For any number of threads. What is said to be for the one writer needs `Engine.writing`; the others wait for nobody
    but the change in hand. LibraryBusy is raised where that lasts too long, StorageFull where there is no room.
    """

    def set_meta(self, facts: Mapping[str, str]) -> None:
        """Keeps some facts, all of them or none. No generation passes."""

    def put_document(
        self,
        document: Document,
        passages: Sequence[Passage],
        filing: Filing,
        before: str | None = None,
        receipt: Receipt | None = None,
    ) -> None:
        """Stores a document in place of the one of the same id, if any. Its vectors must be stored already.

        `before` is the document that its file held until now, which loses the file's name, and goes if that was its
        last. The receipt is stored with the document or not at all. Only for the one writer.
        """

    def remove_document(self, document_id: str) -> tuple[int, int]:
        """(passages removed, generation after). From then on nothing of it is found; `purge` frees its rows.

        Receipts that name it go with it. Raises UnknownDocument.
        """

    def add_name(
        self, document_id: str, root: str, name: str, before: str | None = None, receipt: Receipt | None = None
    ) -> None:
        """Notes that a file holds a document too, and no longer the one it held before."""

    def drop_name(self, document_id: str, root: str, name: str) -> None:
        """Notes that a file no longer holds a document, which goes with its last name."""

    def put_vectors(self, keys: Sequence[bytes], vectors: Vectors, statements: Sequence[Vectors] = ()) -> None:
        """Keeps vectors by content hash, and those of the statements of each text, in half precision.

        No generation passes: nothing searchable has changed.
        """

    def purge(self) -> None:
        """Frees the rows of what is gone, and the vectors that nothing needs any more. Only for the one writer."""

    def vacuum(self) -> bool:
        """Leaves no byte of what was purged; False where readers hinder it. The calling thread holds no state."""

    def compacted(self, generation: int) -> None:
        """Notes that nothing of the library holds what was removed until a generation."""


class Jobs(Protocol):
    """The uploads of a library in the order in which they came. For any number of threads and processes."""

    def add(self, job_id: str, files: Sequence[tuple[str, int]]) -> None:
        """A new upload of (name, size) files; the oldest of a thousand that have ended is forgotten."""

    def get(self, job_id: str) -> LoggedJob | None:
        """A job as it is now, of one state."""

    def next(self) -> str | None:
        """The oldest job that has not ended. One that is `running` while nobody works on it was interrupted."""

    def begin(self, job_id: str) -> None:
        """A queued job runs from now on."""

    def cancel(self, job_id: str) -> None:
        """Asks for a job to be stopped."""

    def is_cancelled(self, job_id: str) -> bool:
        """Whether a job was asked to stop."""

    def end(self, job_id: str, state: str, message: str | None) -> None:
        """The last thing that happens to a job; one that has ended stays as it is."""

    def tell(self, job_id: str, progress: Sequence[tuple[int, float]]) -> None:
        """Sets the progress of some files, which never falls."""

    def record(self, receipt: Receipt) -> None:
        """Stores the outcome of a file by which the library was not changed."""


class Inbox(Protocol):
    """The files of uploads until these have ended. For any number of threads and processes."""

    def filling(self, job_id: str) -> AbstractContextManager[None]:
        """Keeps others from cleaning an upload away while it arrives; its files are removed where that fails."""

    def create(self, job_id: str, number: int) -> BinaryIO:
        """A new file of an upload, to be written while it is being filled."""

    def path(self, job_id: str, number: int) -> Path:
        """Where a file of an upload can be read on this machine, while it is worked on."""

    def clean(self, job_id: str) -> None:
        """Removes the files of an upload, if there are any."""

    def uploads(self) -> list[str]:
        """The uploads of which there are files, by id."""

    def is_abandoned(self, job_id: str) -> bool:
        """Whether nobody fills an upload any more, for some seconds."""

    def working(self) -> AbstractContextManager[bool]:
        """Whether this process may work on the uploads and on compaction now, while the block lasts: one at a time.

        A process that dies lets go of it.
        """


class Reports(Protocol):
    """The last evaluation report of a library."""

    def keep(self, report: Mapping[str, object]) -> None:
        """Keeps a report in place of the one before, whole or not at all."""

    def last(self) -> dict[str, object] | None:
        """The last report; None before the first."""

    def forget(self, held: AbstractSet[str]) -> None:
        """Drops from the report every citation of a document that is not among those held."""


class LocalCache(Protocol):
    """What this machine keeps to be fast: made from the truth, made again where it is missing. Nothing waits for it.

    Who writes it is another matter than who writes the truth: on one machine with an embedded engine the writer of the
    truth holds both, since it brings the caches up to date.
    """

    def folder(self, name: str) -> Path:
        """The folder of one searcher's files."""

    def writing(self) -> AbstractContextManager[bool]:
        """Whether this thread may write the caches while the block lasts: one thread of all processes at a time."""

    def keep(self, name: str, data: bytes, documents: Collection[int]) -> None:
        """Keeps bytes made from some documents, if this thread may write; whole or not at all."""

    def kept(self, name: str) -> bytes | None:
        """What was kept; None where it is missing or damaged."""

    def forget(self, held: Collection[int]) -> None:
        """Removes what was made from a document that is not among those held, and what was half written."""


class Search(Protocol):
    """The searchers of one generation. Nothing changes them; for any number of threads.

    What they find may be gone from the state they are used with only where `lexical_generation` is an earlier one.
    """

    @property
    def generation(self) -> int:
        """The generation of the state that they belong to."""

    @property
    def lexical_generation(self) -> int:
        """The generation that is searched by words."""

    @property
    def passages(self) -> int:
        """How many passages can be found."""

    @property
    def stale(self) -> bool:
        """Whether a search by vector must be told what is there, because too much of what it holds is gone."""

    def search_dense(
        self, vector: Vectors, count: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """(passage key, cosine) of the nearest passages, among those allowed; best first, ties by key."""

    def search_lexical(self, text: str, count: int, only: LexicalFilter | None = None) -> list[tuple[int, float]]:
        """(passage key, BM25) of the best passages for the terms of a text; best first, ties by key."""

    def vectors_of(self, keys: Keys) -> tuple[list[int], Vectors]:
        """Those of some keys whose vectors are in memory, and these, a row each."""

    def document_frequency(self, term: str) -> int:
        """In how many passages a term occurs."""

    def with_prefix(self, prefix: str) -> tuple[str, ...]:
        """The terms that begin so, most frequent first."""


class Engine(Reads, Changes, Protocol):
    """The truth of one library. Its own reads see the present at each call."""

    @property
    def jobs(self) -> Jobs:
        """The uploads."""

    @property
    def inbox(self) -> Inbox:
        """The files of uploads."""

    @property
    def reports(self) -> Reports:
        """The evaluation report."""

    @property
    def cache(self) -> LocalCache:
        """This machine's caches."""

    def reading(self) -> AbstractContextManager[Reads]:
        """Reads of the state that is committed now, for the calling thread while the block lasts.

        So many are given out at once; one more waits. A thread that has one must not ask for another, but it may use
        the engine's own reads and change the library: these never wait for a state.
        """

    def writing(self, timeout: float = 0.0) -> AbstractContextManager[None]:
        """Makes the calling thread the one writer among all processes; it may ask for that again inside.

        A process that dies lets go of it. Raises LibraryBusy where another has it for longer than the timeout.
        """

    def close(self) -> None:
        """Frees what the engine holds. May be called twice."""
