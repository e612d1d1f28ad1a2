"""The dense and the lexical index of a library: caches that follow what its store has committed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import StorageFull
from assistant.library.embedded.store import Store
from assistant.library.search.dense import EXACT_LIMIT, DenseIndex, DenseStamp, load_dense
from assistant.library.search.lexical import LexicalIndex, LexicalRecord, new_lexical, open_lexical

# A built index is written anew when this many passages, or this share of it, wait beside it.
_WAITING = 2_000
_WAITING_SHARE = 0.1
# The dense index is written anew when it holds this many times the passages that there are: removed ones hide others.
_STALE = 1.25
# Up to so many passages the lexical index is written anew at every change (in a third of a second), because tantivy
# counts what was removed in its statistics: the same documents give the same scores, whatever came and went before.
_EXACT_STATISTICS = 10_000


@dataclass(frozen=True, slots=True)
class Caches:
    """The two indexes and the generation that each has reached; `saved` tells whether dense.faiss is of use.

    `passages` counts what can be found; the dense index may hold some that are gone.
    """

    dense: DenseIndex
    dense_generation: int
    saved: bool
    lexical: LexicalIndex
    lexical_generation: int
    passages: int

    @property
    def stale(self) -> bool:
        """Whether the dense index holds so much that is gone that it would hide what is there."""
        return _is_stale(len(self.dense), self.passages)


class Indexes:
    """The two search indexes in a library's folder, brought up to date whenever they are asked for."""

    def __init__(self, folder: Path, store: Store, lock: FileLock, *, fingerprint: str, dimension: int) -> None:
        self._folder, self._store, self._lock = folder, store, lock
        self._id = store.meta("library") or ""
        self._fingerprint = fingerprint
        self._dimension = dimension
        self._guard = threading.Lock()
        self._thread = threading.local()
        self._caches: Caches | None = None
        self._building: threading.Thread | None = None

    def refreshed(self, *, wait: bool = False) -> Caches:
        """Caches that hold the store's present generation: as they are, caught up, or built anew.

        While another process writes, the lexical index may stay behind until that process brings it up to date. A
        search does not wait for a dense index that is built anew, unless there is none; `wait` does.
        """
        steady: Caches | None = getattr(self._thread, "caches", None)
        if steady is not None and not wait:
            return steady
        generation = self._store.generation()
        caches = self._caches
        if caches and caches.dense_generation == generation == caches.lexical_generation:
            return caches
        with self._guard:
            generation = self._store.generation()
            passages = self._store.counts()[1]
            dense, saved = self._follow_dense(self._caches, generation, passages, wait=wait)
            lexical = self._follow_lexical(self._caches, generation)
            self._caches = Caches(dense, generation, saved, lexical, lexical.generation, passages)
            if not saved and not dense.added:
                self._save()
            return self._caches

    @contextmanager
    def steady(self) -> Iterator[None]:
        """One state of the indexes for all that this thread searches inside, looked up once."""
        self._thread.caches = self.refreshed()
        try:
            yield
        finally:
            self._thread.caches = None

    def write_anew(self) -> int:
        """Writes both indexes anew, without a byte of what was removed; gives the generation that they hold.

        Only for the one writer.
        """
        # Removals that commit from here on are left to the next time.
        generation = self._store.generation()
        with self._guard:
            dense = DenseIndex.build(*self._store.vectors_since(-1, generation, self._dimension))
            lexical = self._open_lexical(self._caches) or new_lexical(self._folder / "lexical", self._id)
            self._update_lexical(lexical, generation, fresh=True)
            passages = self._store.counts()[1]
            self._caches = Caches(dense, generation, False, lexical, lexical.generation, passages)
            self._save()
        return generation

    def close(self) -> None:
        """Waits for an index that is being built."""
        building = self._building
        if building is not None:
            building.join()

    def _follow_dense(
        self, caches: Caches | None, generation: int, passages: int, *, wait: bool
    ) -> tuple[DenseIndex, bool]:
        """The dense index at a generation, and whether the one on disk is still of use."""
        dense: DenseIndex | None
        if caches:
            dense, reached, saved = caches.dense, caches.dense_generation, caches.saved
        else:
            dense, reached = self._open_dense(generation)
            saved = True
        if dense is not None:
            keys, vectors = self._store.vectors_since(reached, generation, self._dimension)
            waiting = dense.added + len(keys)
            stale = _is_stale(len(dense) + len(keys), passages)
            if not stale and waiting <= max(_WAITING, _WAITING_SHARE * len(dense)):
                return dense.with_added(keys, vectors), saved
            if caches and not wait and max(passages, len(dense)) > EXACT_LIMIT:
                self._build_soon()
                return dense.with_added(keys, vectors), saved
        return DenseIndex.build(*self._store.vectors_since(-1, generation, self._dimension)), False

    def _build_soon(self) -> None:
        """Builds the dense index anew beside the searches, which use the old one until then."""

        def build() -> None:
            try:
                generation = self._store.generation()
                dense = DenseIndex.build(*self._store.vectors_since(-1, generation, self._dimension))
                with self._guard:
                    caches = self._caches
                    if caches is not None:
                        # What came since is taken in by the next search.
                        self._caches = replace(caches, dense=dense, dense_generation=generation, saved=False)
                        self._save()
            finally:
                self._building = None

        if self._building is None:
            self._building = threading.Thread(target=build, name="dense", daemon=True)
            self._building.start()

    def _open_dense(self, generation: int) -> tuple[DenseIndex | None, int]:
        loaded = load_dense(self._folder / "dense", self._dimension)
        if loaded is None:
            return None, -1
        dense, stamp = loaded
        if stamp.library != self._id or stamp.fingerprint != self._fingerprint or stamp.generation > generation:
            return None, -1
        return dense, stamp.generation

    def _follow_lexical(self, caches: Caches | None, generation: int) -> LexicalIndex:
        lexical = self._open_lexical(caches)
        if lexical is not None and lexical.generation == generation:
            return lexical
        try:
            # Waits for nobody: while another process writes, that process brings the folder up to date.
            with self._lock.acquire(blocking=False):
                lexical = self._open_lexical(caches) or new_lexical(self._folder / "lexical", self._id)
                self._update_lexical(lexical, self._store.generation())
        except (Timeout, PermissionError):
            if lexical is None or lexical.generation < 0:
                lexical = LexicalIndex(None, self._id)
                self._update_lexical(lexical, generation)
        return lexical

    def _open_lexical(self, caches: Caches | None) -> LexicalIndex | None:
        """The lexical index as last committed by any process; None where the folder holds no sound one."""
        if caches and not caches.lexical.in_memory:
            try:
                caches.lexical.reload()
                return caches.lexical
            except (ValueError, OSError):
                pass  # another process has replaced it, or it has been damaged since
        return open_lexical(self._folder / "lexical", self._id)

    def _update_lexical(self, lexical: LexicalIndex, generation: int, *, fresh: bool = False) -> None:
        reached = lexical.generation
        if reached == generation and not fresh:
            return
        # What was removed before the library was compacted is no longer listed.
        compacted = int(self._store.meta("compacted") or 0)
        fresh = fresh or not compacted <= reached <= generation or self._store.counts()[1] <= _EXACT_STATISTICS
        since = -1 if fresh else reached
        records = (LexicalRecord(*row) for row in self._store.searchable_since(since, generation))
        try:
            lexical.update(records, () if fresh else self._store.removed_since(since), generation, fresh=fresh)
        except (OSError, ValueError) as error:
            raise StorageFull(
                f"the search index in {self._folder} cannot be written: {error}; free some space"
            ) from error

    def _save(self) -> None:
        """Writes the dense index, unless another process writes or the folder is not ours to write.

        One that holds what was removed since it was built stays off the disk: there it may have been compacted away.
        """
        caches = self._caches
        assert caches is not None
        if len(caches.dense) != caches.passages:
            return
        stamp = DenseStamp(self._id, caches.dense_generation, self._fingerprint, len(caches.dense))
        try:
            with self._lock.acquire(blocking=False):
                caches.dense.save(self._folder / "dense", stamp)
        except (Timeout, PermissionError):
            return
        except OSError as error:
            raise StorageFull(f"the search index in {self._folder} cannot be written: {error.strerror}") from error
        self._caches = replace(caches, saved=True)


def _is_stale(held: int, passages: int) -> bool:
    return held > _STALE * passages
