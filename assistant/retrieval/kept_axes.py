"""The axes of a library's ICD-10-PCS codes: kept beside it, and built anew when their documents change."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from assistant.errors import StorageFull
from assistant.library.embedded.store import Store
from assistant.retrieval.pcs import (
    DEFINITIONS,
    INDEX,
    TABLES,
    Axes,
    CodePassage,
    Found,
    Line,
    Vocabulary,
    build_axes,
    load_axes,
    load_vocabulary,
    save_axes,
)

_SYSTEM = "ICD-10-PCS"


class KeptAxes:
    """The axes for the store's present documents. A document of another kind that comes or goes changes nothing."""

    def __init__(self, folder: Path, store: Store, lock: FileLock, terms: Callable[[str], list[str]]) -> None:
        self._folder, self._store, self._lock, self._terms = folder, store, lock, terms
        self._guard = threading.Lock()
        self._generation = -1
        self._stamp = ""
        self._axes: Axes | None = None
        self._words: Vocabulary | None = None

    def at(self, generation: int, dimension: int) -> Axes | None:
        """The axes at a generation; None where the library has no ICD-10-PCS codes or none of their tables."""
        if generation == self._generation:
            return self._axes
        with self._guard:
            sources = self._store.sources_of(_SYSTEM, (TABLES, INDEX, DEFINITIONS))
            stamp = repr(sorted(sources))
            if stamp != self._stamp or self._generation < 0:
                self._axes = self._brought(sources, stamp, dimension)
                self._stamp = stamp
            self._generation = generation
        return self._axes

    def search(
        self, axes: Axes, text: str, vector: NDArray[np.float32], count: int, allowed: NDArray[np.int64] | None
    ) -> list[Found]:
        """The codes whose characters a query supports best."""
        if self._words is None:
            self._words = load_vocabulary(self._terms)
        return axes.search(text, vector, count, self._words, self._terms, allowed)

    def _brought(self, sources: list[tuple[str, int, str]], stamp: str, dimension: int) -> Axes | None:
        tables = any(kind == TABLES for kind, _, _ in sources)
        if not tables and not self._folder.exists():
            return None
        kept, axes = load_axes(self._folder, stamp)
        if kept:
            return axes
        # Without tables nothing is kept either: words of a removed document leave the folder with it.
        axes = self._build(sources, dimension) if tables else None
        try:
            with self._lock.acquire(blocking=False):
                save_axes(self._folder, axes, stamp)
        except (Timeout, PermissionError):
            pass
        except OSError as error:
            raise StorageFull(f"the search index in {self._folder} cannot be written: {error.strerror}") from error
        return axes

    def _build(self, sources: list[tuple[str, int, str]], dimension: int) -> Axes | None:
        lines: dict[str, list[Line]] = {TABLES: [], INDEX: [], DEFINITIONS: []}
        for kind, document, _ in sources:
            if kind in lines:
                lines[kind] += [Line(context, text) for context, text in self._store.lines(document)]
        keys, values, vectors = self._store.vectors_about(_SYSTEM, dimension)
        whole = [at for at, value in enumerate(values) if len(value) == 7]
        passages = [CodePassage(keys[at], values[at]) for at in whole]
        return build_axes(passages, vectors[whole], lines[TABLES], lines[INDEX], lines[DEFINITIONS], self._terms)
