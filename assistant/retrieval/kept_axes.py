"""The axes of a library's ICD-10-PCS codes: kept beside it, and built anew when their documents change."""

import threading
from collections.abc import Callable

from assistant.library import Reads
from assistant.library.engine import LocalCache
from assistant.retrieval.pcs import (
    DEFINITIONS,
    INDEX,
    TABLES,
    Axes,
    CodePassage,
    Line,
    ReadQuery,
    Vocabulary,
    axes_bytes,
    build_axes,
    load_vocabulary,
    read_axes,
)

_SYSTEM = "ICD-10-PCS"
_NAME = "axes"
_Sources = list[tuple[str, int, str]]


class KeptAxes:
    """The axes for a state's documents. A document of another kind that comes or goes changes nothing.

    A thread that waits for another that builds them holds a state of its own, as the other does: it needs no more.
    """

    def __init__(self, cache: LocalCache, dimension: int, terms: Callable[[str], list[str]]) -> None:
        self._cache, self._dimension, self._terms = cache, dimension, terms
        self._guard = threading.Lock()
        self._stamp = ""
        self._axes: Axes | None = None
        self._words: Vocabulary | None = None

    def of(self, reads: Reads) -> Axes | None:
        """The axes of a state; None where it has no ICD-10-PCS codes or none of their tables."""
        sources, stamp = _sources(reads)
        with self._guard:
            if stamp != self._stamp:
                self._axes = self._brought(reads, sources, stamp)
                self._stamp = stamp
            return self._axes

    def read(self, axes: Axes, text: str) -> ReadQuery:
        """What a query says of the codes by its words."""
        if self._words is None:
            self._words = load_vocabulary(self._terms)
        return axes.read(text, self._words, self._terms)

    def _brought(self, reads: Reads, sources: _Sources, stamp: str) -> Axes | None:
        if not any(kind == TABLES for kind, _, _ in sources):
            return None
        kept, axes = read_axes(self._cache.kept(_NAME), stamp)
        return axes if kept else _built(reads, sources, stamp, self._cache, self._dimension, self._terms)


def keep_axes(reads: Reads, cache: LocalCache, dimension: int, terms: Callable[[str], list[str]]) -> None:
    """Brings the axes on disk to a state of the library, so that no question has to wait for them."""
    sources, stamp = _sources(reads)
    if any(kind == TABLES for kind, _, _ in sources) and not read_axes(cache.kept(_NAME), stamp)[0]:
        _built(reads, sources, stamp, cache, dimension, terms)


def _sources(reads: Reads) -> tuple[_Sources, str]:
    sources = reads.sources_of(_SYSTEM, (TABLES, INDEX, DEFINITIONS))
    return sources, repr(sorted(sources))


def _built(
    reads: Reads,
    sources: _Sources,
    stamp: str,
    cache: LocalCache,
    dimension: int,
    terms: Callable[[str], list[str]],
) -> Axes | None:
    """The axes built anew, and kept; also where there are none, so that nobody builds them again."""
    lines: dict[str, list[Line]] = {TABLES: [], INDEX: [], DEFINITIONS: []}
    for kind, document, _ in sources:
        if kind in lines:
            lines[kind] += [Line(context, text) for context, text in reads.lines(document)]
    keys, values, vectors = reads.vectors_about(_SYSTEM, dimension)
    whole = [at for at, value in enumerate(values) if len(value) == 7]
    passages = [CodePassage(keys[at], values[at]) for at in whole]
    axes = build_axes(passages, vectors[whole], lines[TABLES], lines[INDEX], lines[DEFINITIONS], terms)
    cache.keep(_NAME, axes_bytes(axes, stamp), {key for _, key, _ in sources})
    return axes
