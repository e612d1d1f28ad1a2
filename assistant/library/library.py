"""A library folder: the store, the dense and lexical caches that catch up with it, and the lock of its one writer."""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from assistant.codes import Code
from assistant.dense import DenseIndex, DenseStamp, load_dense
from assistant.errors import LibraryBusy, LibraryError, ModelMismatch, StorageFull
from assistant.lexical import LexicalFilter, LexicalIndex, LexicalRecord, Terms, new_lexical, open_lexical
from assistant.library.axes import KeptAxes
from assistant.library.records import ProfileRow, StoredPassage
from assistant.library.store import Store
from assistant.pcs import Found
from assistant.types import LibraryStamp, Profile, Query
from assistant.wording import Wording

Vectors = NDArray[np.float32]

# A built index is written anew when this many passages, or this share of it, wait beside it.
_WAITING = 2_000
_WAITING_SHARE = 0.1
# The dense index is written anew when it holds this many times the passages that there are: removed ones hide others.
# So many codes keep the counted terms of their passages in memory.
_COUNTED = 5_000
_STALE = 1.25
# A document of at most so many passages is about one matter, which all of them speak of.
_SHORT = 12
# Up to so many passages the lexical index is written anew at every change (in a third of a second), because tantivy
# counts what was removed in its statistics: the same documents give the same scores, whatever came and went before.
_EXACT_STATISTICS = 10_000


@dataclass(frozen=True, slots=True)
class _Caches:
    """The two indexes and the generation that each has reached; `saved` tells whether dense.faiss is of use.

    `passages` counts what can be found; the dense index may hold some that are gone.
    """

    dense: DenseIndex
    dense_generation: int
    saved: bool
    lexical: LexicalIndex
    lexical_generation: int
    passages: int


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
        self.terms = Terms()
        self._counts: dict[tuple[int, ...], Counter[str]] = {}
        self._wording: tuple[int, Wording] | None = None
        self._caches: _Caches | None = None
        self._allowed: dict[tuple[object, ...], tuple[NDArray[np.int64], LexicalFilter]] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.store = Store(folder / "library.sqlite")
        except OSError as error:
            raise LibraryError(f"the library folder {folder} cannot be used: {error.strerror}") from error
        self._id = self.store.meta("library") or ""
        self._lock = FileLock(str(folder / "write.lock"))
        self._axes = KeptAxes(folder / "axes", self.store, self._lock, self.terms)
        self._check_model(model, fingerprint)
        self._fingerprint = fingerprint

    def _check_model(self, model: str, fingerprint: str) -> None:
        built = self.store.meta("fingerprint")
        if built is None:
            self.store.set_meta({"fingerprint": fingerprint, "model": model})
        elif built != fingerprint:
            name = self.store.meta("model")
            other = f"another version of the embedding model {name}" if name == model else f"the embedding model {name}"
            raise ModelMismatch(
                f"the library in {self.folder} was built with {other}, not with this {model}; set ASSISTANT_MODEL to "
                "that model, or index the documents into a new folder"
            )

    def keep_report(self, report: Mapping[str, object]) -> None:
        """Keeps the last evaluation report beside the library."""
        partial = self.folder / "performance.json.partial"
        try:
            partial.write_text(json.dumps(report, indent=1), encoding="utf-8")
            partial.replace(self.folder / "performance.json")
        except OSError as error:
            raise StorageFull(f"the report cannot be written to {self.folder}: {error.strerror}") from error

    def report(self) -> dict[str, object] | None:
        """The last evaluation report; None before the first."""
        try:
            kept: dict[str, object] = json.loads((self.folder / "performance.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept

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
                self._axes.at(self._refresh().dense_generation, self._dimension)
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

    def search_axes(self, text: str, vector: Vectors, count: int, query: Query) -> list[Found]:
        """The ICD-10-PCS codes whose characters a query supports best; none without the tables that explain them."""
        caches = self._refresh()
        axes = self._axes.at(caches.dense_generation, self._dimension)
        if axes is None:
            return []
        return self._axes.search(axes, text, vector, count, self._filter(query, caches)[0])

    def with_axes(self, keys: Sequence[int]) -> set[int]:
        """Which of some passages are about a code that `search_axes` compares."""
        axes = self._axes.at(self._refresh().dense_generation, self._dimension)
        return axes.holds(keys) if axes is not None else set()

    def similarities(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Cosines of a query to some passages, from the stored vectors."""
        found = self.store.vectors_of(keys, self._dimension)
        if not found:
            return {}
        matrix = np.stack(list(found.values()))
        return dict(zip(found, (float(value) for value in matrix @ vector), strict=True))

    def surroundings(self, vector: Vectors, keys: Sequence[int]) -> dict[int, tuple[float, Counter[str]]]:
        """For prose in short documents: the mean cosine of its document's passages to a query, and all their terms."""
        around = self.store.surroundings(keys, _SHORT)
        cosines = self.similarities(vector, sorted({key for siblings in around.values() for key in siblings}))
        found = {}
        for key, siblings in around.items():
            known = [cosines[one] for one in siblings if one in cosines]
            found[key] = sum(known) / max(len(known), 1), self._counted(siblings)
        return found

    def passages(self, keys: Sequence[int]) -> dict[int, StoredPassage]:
        """Passages by key, as they are in the store now; one that was removed is not among them."""
        return self.store.passages(keys)

    def profiles(self, codes: Sequence[Code], vector: Vectors) -> dict[Code, Profile]:
        """How all passages about some codes stand to a query, in the codes' own editions."""
        grouped: dict[Code, list[ProfileRow]] = {}
        for row in self.store.rows_about(codes):
            grouped.setdefault(row.code, []).append(row)
        profiles = {}
        for code, about in grouped.items():
            matrix = np.frombuffer(b"".join(row.vector for row in about), np.float16).reshape(-1, self._dimension)
            similarities = [float(value) for value in matrix.astype(np.float32) @ vector]
            opening = [s for s, row in zip(similarities, about, strict=True) if row.opening] or [max(similarities)]
            counts = self._counted(tuple(row.key for row in about))
            profiles[code] = Profile(tuple(sorted(similarities, reverse=True)), max(opening), counts)
        return profiles

    def _counted(self, keys: tuple[int, ...]) -> Counter[str]:
        """The terms of some passages together. A passage never changes under its key, so they are counted once."""
        counts = self._counts.get(keys)
        if counts is None:
            counts = Counter()
            for text in self.store.indexed_texts(keys).values():
                counts.update(self.terms(text))
            if len(self._counts) >= _COUNTED:
                self._counts.clear()
            self._counts[keys] = counts
        return counts

    def wording(self) -> Wording:
        """What the library knows of words, for its present generation."""
        caches = self._refresh()
        held = self._wording
        if held is None or held[0] != caches.lexical_generation:
            lexical = caches.lexical
            wording = Wording(self.store.synonyms(), self.terms, lexical.document_frequency, lexical.with_prefix)
            held = self._wording = (caches.lexical_generation, wording)
        return held[1]

    def document_frequency(self, term: str) -> int:
        """In how many passages a term occurs."""
        return self._refresh().lexical.document_frequency(term)

    def __len__(self) -> int:
        """How many passages can be found."""
        return self._refresh().passages

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
        """Caches that hold the store's present generation: as they are, caught up, or built anew.

        While another process writes, the lexical index may stay behind until that process brings it up to date.
        """
        generation = self.store.generation()
        caches = self._caches
        if caches and caches.dense_generation == generation == caches.lexical_generation:
            return caches
        with self._guard:
            generation = self.store.generation()
            passages = self.store.counts()[1]
            dense, saved = self._follow_dense(self._caches, generation, passages)
            lexical = self._follow_lexical(self._caches, generation)
            self._caches = _Caches(dense, generation, saved, lexical, lexical.generation, passages)
            if not saved and not dense.added:
                self._save()
            return self._caches

    def _follow_dense(self, caches: _Caches | None, generation: int, passages: int) -> tuple[DenseIndex, bool]:
        """The dense index at a generation, and whether the one on disk is still of use."""
        dense: DenseIndex | None
        if caches:
            dense, reached, saved = caches.dense, caches.dense_generation, caches.saved
        else:
            dense, reached = self._open_dense(generation)
            saved = True
        if dense is not None:
            keys, vectors = self.store.vectors_since(reached, generation, self._dimension)
            waiting = dense.added + len(keys)
            stale = len(dense) + len(keys) > _STALE * passages
            if not stale and waiting <= max(_WAITING, _WAITING_SHARE * len(dense)):
                return dense.with_added(keys, vectors), saved
        return DenseIndex.build(*self.store.vectors_since(-1, generation, self._dimension)), False

    def _open_dense(self, generation: int) -> tuple[DenseIndex | None, int]:
        loaded = load_dense(self.folder / "dense", self._dimension)
        if loaded is None:
            return None, -1
        dense, stamp = loaded
        if stamp.library != self._id or stamp.fingerprint != self._fingerprint or stamp.generation > generation:
            return None, -1
        return dense, stamp.generation

    def _follow_lexical(self, caches: _Caches | None, generation: int) -> LexicalIndex:
        lexical = self._open_lexical(caches)
        if lexical is not None and lexical.generation == generation:
            return lexical
        try:
            # Waits for nobody: while another process writes, that process brings the folder up to date.
            with self._lock.acquire(blocking=False):
                lexical = self._open_lexical(caches) or new_lexical(self.folder / "lexical", self._id)
                self._update_lexical(lexical, self.store.generation())
        except (Timeout, PermissionError):
            if lexical is None or lexical.generation < 0:
                lexical = LexicalIndex(None, self._id)
                self._update_lexical(lexical, generation)
        return lexical

    def _open_lexical(self, caches: _Caches | None) -> LexicalIndex | None:
        """The lexical index as last committed by any process; None where the folder holds no sound one."""
        if caches and not caches.lexical.in_memory:
            try:
                caches.lexical.reload()
                return caches.lexical
            except (ValueError, OSError):
                pass  # another process has replaced it, or it has been damaged since
        return open_lexical(self.folder / "lexical", self._id)

    def _update_lexical(self, lexical: LexicalIndex, generation: int) -> None:
        reached = lexical.generation
        if reached == generation:
            return
        fresh = not 0 <= reached <= generation or self.store.counts()[1] <= _EXACT_STATISTICS
        since = -1 if fresh else reached
        records = (LexicalRecord(*row) for row in self.store.searchable_since(since, generation))
        try:
            lexical.update(records, () if fresh else self.store.removed_since(since), generation, fresh=fresh)
        except (OSError, ValueError) as error:
            raise StorageFull(
                f"the search index in {self.folder} cannot be written: {error}; free some space"
            ) from error

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
