"""A library folder: the store, the dense and lexical caches that catch up with it, and the lock of its one writer."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from assistant.dense import DenseIndex, DenseStamp, load_dense
from assistant.errors import LibraryBusy, LibraryError, ModelMismatch, StorageFull
from assistant.lexical import LexicalFilter, LexicalIndex, LexicalRecord
from assistant.library.records import StoredPassage
from assistant.library.store import Store
from assistant.types import LibraryStamp, Query

Vectors = NDArray[np.float32]

# A built index is written anew when this many passages, or this share of it, wait beside it.
_WAITING = 2_000
_WAITING_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class _Caches:
    """The two indexes and the generation that each has reached; `saved` tells whether dense.faiss is of use."""

    dense: DenseIndex
    dense_generation: int
    saved: bool
    lexical: LexicalIndex
    lexical_generation: int


class Library:
    """One library, open for any number of readers and one writer at a time.

    A search sees every change that was committed before it began. What it finds is read again from the store before it
    leaves, so a removed document stops answering at its commit, whatever the caches still hold.
    """

    def __init__(self, folder: Path, *, model: str, fingerprint: str, dimension: int, create: bool = False) -> None:
        if not (folder / "library.sqlite").exists() and not create:
            raise LibraryError(
                f"there is no library in {folder}; build one with `assistant index PATH --index {folder}`"
            )
        self.folder = folder
        self._dimension = dimension
        self._guard = threading.Lock()
        self._caches: _Caches | None = None
        self._allowed: dict[tuple[object, ...], tuple[NDArray[np.int64], LexicalFilter]] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.store = Store(folder / "library.sqlite")
        except OSError as error:
            raise LibraryError(f"the library folder {folder} cannot be used: {error.strerror}") from error
        self._id = self.store.meta("library") or ""
        self._lock = FileLock(str(folder / "write.lock"))
        self._check_model(model, fingerprint)
        self._fingerprint = fingerprint

    def _check_model(self, model: str, fingerprint: str) -> None:
        built = self.store.meta("fingerprint")
        if built is None:
            self.store.set_meta({"fingerprint": fingerprint, "model": model})
        elif built != fingerprint:
            name = self.store.meta("model")
            raise ModelMismatch(
                f"the library in {self.folder} was built with the embedding model {name}, not {model}; set "
                f"ASSISTANT_MODEL to that model, or index the documents into a new folder"
            )

    def close(self) -> None:
        """Closes the store; the caches need no closing."""
        self.store.close()

    @property
    def stamp(self) -> LibraryStamp:
        """Which state of the library answers now."""
        return LibraryStamp(self.store.generation(), self.store.meta("model") or "")

    @contextmanager
    def writing(self, timeout: float = 0.0) -> Iterator[None]:
        """Holds the writer's lock; on leaving, the caches on disk follow what was committed.

        Raises LibraryBusy where another process holds it. A process that dies lets go of it.
        """
        try:
            with self._lock.acquire(timeout=timeout):
                yield
                self._refresh()
                self._drop_removed()
        except Timeout as error:
            raise LibraryBusy(f"another process is writing to {self.folder}; try again when it has finished") from error

    # searching

    def search_dense(self, vector: Vectors, count: int, query: Query) -> list[tuple[int, float]]:
        """(passage key, cosine) of the nearest passages that the query's filters allow."""
        caches = self._refresh()
        return caches.dense.search(vector, count, self._filter(query, caches)[0])

    def search_lexical(self, text: str, count: int, query: Query) -> list[tuple[int, float]]:
        """(passage key, BM25) of the best passages that the query's filters allow."""
        caches = self._refresh()
        return caches.lexical.search(text, count, self._filter(query, caches)[1])

    def similarities(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Cosines of a query to some passages, from the stored vectors."""
        found = self.store.vectors_of(keys, self._dimension)
        if not found:
            return {}
        matrix = np.stack(list(found.values()))
        return dict(zip(found, (float(value) for value in matrix @ vector), strict=True))

    def passages(self, keys: Sequence[int]) -> dict[int, StoredPassage]:
        """Passages by key, as they are in the store now; one that was removed is not among them."""
        return self.store.passages(keys)

    def terms(self, text: str) -> list[str]:
        """The terms of a text as the lexical index compares them."""
        return self._refresh().lexical.terms(text)

    def document_frequency(self, term: str) -> int:
        """In how many passages a term occurs."""
        return self._refresh().lexical.document_frequency(term)

    def __len__(self) -> int:
        """How many passages can be found."""
        return len(self._refresh().dense)

    # following the store

    def _filter(self, query: Query, caches: _Caches) -> tuple[NDArray[np.int64] | None, LexicalFilter | None]:
        if query.as_of is None and not query.systems:
            return None, None
        key = (query.as_of, query.systems, caches.dense_generation)
        found = self._allowed.get(key)
        if found is None:
            documents = self.store.documents_on(query.as_of) if query.as_of else None
            systems = (*query.systems, "") if query.systems else None
            only = LexicalFilter(tuple(documents) if documents is not None else None, systems)
            found = self.store.allowed(documents, systems), only
            # A handful of filters recur (a system, a day); older ones are made again.
            self._allowed = dict([*self._allowed.items(), (key, found)][-8:])
        return found

    def _refresh(self) -> _Caches:
        """Caches that hold the store's present generation: as they are, caught up, or built anew."""
        generation = self.store.generation()
        caches = self._caches
        if caches and caches.dense_generation == generation == caches.lexical_generation:
            return caches
        with self._guard:
            generation = self.store.generation()
            dense, dense_generation, saved = self._follow_dense(self._caches, generation)
            lexical = self._follow_lexical(self._caches, generation)
            self._caches = _Caches(dense, dense_generation, saved, lexical, lexical.generation)
            if not saved:
                self._save()
            return self._caches

    def _follow_dense(self, caches: _Caches | None, generation: int) -> tuple[DenseIndex, int, bool]:
        dense: DenseIndex | None
        if caches:
            dense, reached, saved = caches.dense, caches.dense_generation, caches.saved
        else:
            dense, reached = self._open_dense(generation)
            saved = dense is not None
        keys, vectors = self.store.vectors_since(reached, self._dimension)
        if dense is None or dense.added + len(keys) > max(_WAITING, _WAITING_SHARE * len(dense)):
            return DenseIndex.build(*self.store.vectors_since(-1, self._dimension)), generation, False
        return dense.with_added(keys, vectors), generation, saved

    def _open_dense(self, generation: int) -> tuple[DenseIndex | None, int]:
        loaded = load_dense(self.folder / "dense", self._dimension)
        if loaded is None:
            return None, -1
        dense, stamp = loaded
        if stamp.library != self._id or stamp.fingerprint != self._fingerprint or stamp.generation > generation:
            return None, -1
        return dense, stamp.generation

    def _follow_lexical(self, caches: _Caches | None, generation: int) -> LexicalIndex:
        lexical = caches.lexical if caches and not caches.lexical.in_memory else self._open_lexical()
        lexical.reload()
        if lexical.generation != generation:
            try:
                # Waits for nobody: while another process writes, that process brings the folder up to date.
                with self._lock.acquire(blocking=False):
                    lexical.reload()
                    self._update_lexical(lexical, generation)
            except (Timeout, PermissionError):
                if lexical.generation < 0:
                    lexical = LexicalIndex(None, self._id)
                    self._update_lexical(lexical, generation)
        return lexical

    def _open_lexical(self) -> LexicalIndex:
        try:
            return LexicalIndex(self.folder / "lexical", self._id)
        except PermissionError:
            return LexicalIndex(None, self._id)

    def _update_lexical(self, lexical: LexicalIndex, generation: int) -> None:
        reached = lexical.generation
        if reached == generation:
            return
        fresh = not 0 <= reached <= generation
        since = -1 if fresh else reached
        records = (LexicalRecord(*row) for row in self.store.searchable_since(since))
        try:
            lexical.update(records, self.store.removed_since(since), generation, fresh=fresh)
        except (OSError, ValueError) as error:
            raise StorageFull(
                f"the search index in {self.folder} cannot be written: {error}; free some space"
            ) from error

    def _drop_removed(self) -> None:
        """Builds the dense index anew once a fifth of it stands for passages that are gone."""
        caches = self._caches
        if caches and len(caches.dense) > 1.25 * max(1, self.store.counts()[1]):
            dense = DenseIndex.build(*self.store.vectors_since(-1, self._dimension))
            self._caches = replace(caches, dense=dense, saved=False)
            self._save()

    def _save(self) -> None:
        """Writes the dense index, unless another process writes or the folder is not ours to write."""
        caches = self._caches
        assert caches is not None
        stamp = DenseStamp(self._id, caches.dense_generation, self._fingerprint, len(caches.dense))
        try:
            with self._lock.acquire(blocking=False):
                caches.dense.save(self.folder / "dense", stamp)
        except (Timeout, PermissionError):
            return
        except OSError as error:
            raise StorageFull(f"the search index in {self.folder} cannot be written: {error.strerror}") from error
        self._caches = replace(caches, saved=True)
