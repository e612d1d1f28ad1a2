"""The dense and the lexical searcher of one generation, and the two indexes that follow what the engine commits."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.errors import StorageFull
from assistant.library.engine import Engine, Feed, LocalCache
from assistant.library.records import LexicalFilter
from assistant.library.search.dense import EXACT_LIMIT, DenseIndex, DenseStamp, load_dense
from assistant.library.search.lexical import (
    LexicalIndex,
    LexicalRecord,
    LexicalSearcher,
    new_lexical,
    open_lexical,
)

Vectors = NDArray[np.float32]

# A built index is written anew when this many passages, or this share of it, wait beside it.
_WAITING = 2_000
_WAITING_SHARE = 0.1
# The dense index is written anew when it holds this many times the passages that there are: removed ones hide others.
_STALE = 1.25
# Up to so many passages the lexical index is written anew at every change (in a third of a second), because tantivy
# counts what was removed in its statistics: the same documents give the same scores, whatever came and went before.
# Up to so many, too, it is built in memory where the one on disk is behind and another process writes.
_EXACT_STATISTICS = 10_000


class Outrun(Exception):
    """The indexes are at a later generation than the state in hand, which another thread or process was quicker than.

    No error of a user's: a later state of the library is taken.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Searchers:
    """The two searchers of one generation; nothing changes them. For any number of threads.

    `lexical_generation` is an earlier one only where a large library's index on disk is behind and another process
    writes: then what is new is found by its vector alone, and what is gone is dropped when it is read. `passages`
    counts what can be found.
    """

    generation: int
    dense: DenseIndex
    lexical: LexicalSearcher
    passages: int

    @property
    def lexical_generation(self) -> int:
        return self.lexical.generation

    @property
    def stale(self) -> bool:
        """Whether the dense index holds so much that is gone that it would hide what is there."""
        return _is_stale(len(self.dense), self.passages)

    def search_dense(
        self, vector: Vectors, count: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        return self.dense.search(vector, count, allowed)

    def search_lexical(self, text: str, count: int, only: LexicalFilter | None = None) -> list[tuple[int, float]]:
        return self.lexical.search(text, count, only)

    def vectors_of(self, keys: Sequence[int]) -> tuple[list[int], Vectors]:
        return self.dense.vectors_of(keys)

    def document_frequency(self, term: str) -> int:
        return self.lexical.document_frequency(term)

    def with_prefix(self, prefix: str) -> tuple[str, ...]:
        return self.lexical.with_prefix(prefix)


class Indexes:
    """The two search indexes of this machine. Whoever has a state of the library gets the searchers of its generation.

    A thread that waits here for another holds a state of its own, and the other needs none besides the one it has.
    """

    def __init__(self, truth: Engine, cache: LocalCache, *, fingerprint: str, dimension: int) -> None:
        self._truth, self._cache = truth, cache
        self._id = truth.meta("library") or ""
        self._fingerprint = fingerprint
        self._dimension = dimension
        self._guard = threading.Lock()
        self._held: Searchers | None = None
        # The index behind the lexical searcher; it is opened, reloaded and updated under the guard.
        self._lexical: LexicalIndex | None = None
        # Whether the dense index on disk is of use, and one that was built beside the searches and is not yet used.
        self._saved = False
        self._built: tuple[DenseIndex, int] | None = None
        self._base = -1  # the generation at which the dense index was built or opened
        self._building: threading.Thread | None = None

    def at(self, state: Feed, *, wait: bool = False, newest: bool = False) -> Searchers:
        """The searchers of exactly the generation of a state: as they are, caught up, or built anew.

        Raises Outrun where the indexes are ahead of the state; `newest` tells that there is no later one, so that what
        is ahead is of another library's past, and is built anew. A search does not wait for a dense index that is
        built anew, unless there is none; `wait` does.
        """
        generation = state.generation()
        held = self._held
        # An index in memory serves the searches; whoever waits wants the one on disk.
        behind = self._built is not None or (wait and self._lexical is not None and self._lexical.in_memory)
        if held is not None and held.generation == held.lexical_generation == generation and not behind:
            return held
        with self._guard:
            held = self._held
            if held is not None and held.generation > generation:
                if not newest:
                    raise Outrun
                held = self._held = None
            passages = state.counts()[1]
            lexical = self._follow_lexical(state, generation, passages, wait=wait, newest=newest)
            dense = self._follow_dense(state, held, generation, passages, wait=wait)
            if held is None or dense is not held.dense or lexical is not held.lexical or held.generation != generation:
                self._held = Searchers(generation, dense, lexical, passages)
            assert self._held is not None
            if not self._saved and not dense.added:
                self._save(self._held)
            return self._held

    def write_anew(self, state: Feed) -> int:
        """Writes both indexes anew, without a byte of what was removed; gives the generation that they hold.

        Only for the one writer. Removals that are committed after the state are left to the next time.
        """
        generation = state.generation()
        with self._guard:
            dense = DenseIndex.build(*state.vectors_since(-1, generation, self._dimension))
            lexical = self._opened() or new_lexical(self._cache.folder("lexical"), self._id)
            self._update(lexical, state, generation, fresh=True)
            self._lexical, self._built, self._saved, self._base = lexical, None, False, generation
            self._held = Searchers(generation, dense, lexical.searcher, state.counts()[1])
            self._save(self._held)
        return generation

    def close(self) -> None:
        """Waits for an index that is being built."""
        building = self._building
        if building is not None:
            building.join()

    def _follow_dense(
        self, state: Feed, held: Searchers | None, generation: int, passages: int, *, wait: bool
    ) -> DenseIndex:
        """The dense index at the generation of a state."""
        dense: DenseIndex | None
        if self._built is not None and self._built[1] <= generation:
            (dense, reached), self._built, self._saved = self._built, None, False
            self._base = reached
        elif held is not None:
            dense, reached = held.dense, held.generation
        else:
            dense, reached = self._open_dense(generation)
            self._saved, self._base = True, reached
        if dense is not None:
            if reached == generation:
                keys, vectors = np.zeros(0, np.int64), np.zeros((0, self._dimension), np.float16)
            else:
                keys, vectors = state.vectors_since(reached, generation, self._dimension)
            waiting = dense.added + len(keys)
            stale = _is_stale(len(dense) + len(keys), passages)
            if not stale and waiting <= max(_WAITING, _WAITING_SHARE * len(dense)):
                return dense.with_added(keys, vectors)
            if held is not None and not wait and max(passages, len(dense)) > EXACT_LIMIT:
                self._build_soon()
                return dense.with_added(keys, vectors)
        self._saved, self._built, self._base = False, None, generation
        return DenseIndex.build(*state.vectors_since(-1, generation, self._dimension))

    def _build_soon(self) -> None:
        """Builds the dense index anew beside the searches, which use the old one until then."""

        def build() -> None:
            try:
                with self._truth.reading() as state:
                    generation = state.generation()
                    dense = DenseIndex.build(*state.vectors_since(-1, generation, self._dimension))
                with self._guard:
                    if self._held is not None and self._base < generation <= self._held.generation:
                        # What came since is added by the next search.
                        self._built = dense, generation
            finally:
                self._building = None

        if self._building is None:
            self._building = threading.Thread(target=build, name="dense", daemon=True)
            self._building.start()

    def _open_dense(self, generation: int) -> tuple[DenseIndex | None, int]:
        loaded = load_dense(self._cache.folder("dense"), self._dimension)
        if loaded is None:
            return None, -1
        dense, stamp = loaded
        if stamp.library != self._id or stamp.fingerprint != self._fingerprint or stamp.generation > generation:
            return None, -1
        return dense, stamp.generation

    def _follow_lexical(
        self, state: Feed, generation: int, passages: int, *, wait: bool, newest: bool
    ) -> LexicalSearcher:
        """The lexical searcher of the generation of a state; an earlier one as `Searchers` says."""
        lexical = self._lexical
        if lexical is not None and lexical.generation == generation and not (wait and lexical.in_memory):
            return lexical.searcher
        lexical = self._opened()
        if lexical is not None and lexical.generation > generation and not newest:
            raise Outrun
        if lexical is None or lexical.generation != generation:
            with self._cache.writing() as ours:
                # Waits for nobody: while another process writes, that process brings the folder up to date.
                if ours:
                    lexical = self._opened() or new_lexical(self._cache.folder("lexical"), self._id)
                    if lexical.generation > generation and not newest:
                        raise Outrun
                    self._update(lexical, state, generation)
                elif lexical is None or not 0 <= lexical.generation <= generation or passages <= _EXACT_STATISTICS:
                    lexical = LexicalIndex(None, self._id)
                    self._update(lexical, state, generation)
        self._lexical = lexical
        return lexical.searcher

    def _opened(self) -> LexicalIndex | None:
        """The lexical index as last committed by any process; None where the folder holds no sound one."""
        lexical = self._lexical
        if lexical is not None and not lexical.in_memory:
            try:
                lexical.reload()
                return lexical
            except (ValueError, OSError):
                pass  # another process has replaced it, or it has been damaged since
        return open_lexical(self._cache.folder("lexical"), self._id)

    def _update(self, lexical: LexicalIndex, state: Feed, generation: int, *, fresh: bool = False) -> None:
        reached = lexical.generation
        if reached == generation and not fresh:
            return
        # What was removed before the library was compacted is no longer listed.
        compacted = int(state.meta("compacted") or 0)
        fresh = fresh or not compacted <= reached <= generation or state.counts()[1] <= _EXACT_STATISTICS
        since = -1 if fresh else reached
        records = (LexicalRecord(*row) for row in state.searchable_since(since, generation))
        try:
            lexical.update(records, () if fresh else state.removed_since(since), generation, fresh=fresh)
        except (OSError, ValueError) as error:
            folder = self._cache.folder("lexical")
            raise StorageFull(f"the search index in {folder} cannot be written: {error}; free some space") from error

    def _save(self, searchers: Searchers) -> None:
        """Writes the dense index, unless another process writes or the folder is not ours to write.

        One that holds what was removed since it was built stays off the disk: there it may have been compacted away.
        """
        dense, folder = searchers.dense, self._cache.folder("dense")
        if len(dense) != searchers.passages:
            return
        stamp = DenseStamp(self._id, searchers.generation, self._fingerprint, len(dense))
        with self._cache.writing() as ours:
            if not ours:
                return
            try:
                dense.save(folder, stamp)
            except PermissionError:
                return
            except OSError as error:
                raise StorageFull(f"the search index in {folder} cannot be written: {error.strerror}") from error
        self._saved = True


def _is_stale(held: int, passages: int) -> bool:
    return held > _STALE * passages
