"""The prose about no code, searched section by section; kept in memory for a generation.

Among the pages of a thousand codes a rule is seldom one of the nearest passages. Compared with other prose only, and as
the section that a reader would turn to, it is found.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.library.records import ProseRow
from assistant.library.search.lexical import bm25
from assistant.retrieval.standard_scores import standard_array
from assistant.types.codes import Code

Floats = NDArray[np.float32]

# A library with more passages of prose has its index for them: what a search finds there is prose anyway.
MOST = 5_000
# Shares of a section's score, the first two as z-scores among the sections: the cosine of its nearest passage, and BM25
# of its words and heading. And what each leading code adds that it names. On the calibration split of eval/starter the
# right section is one of the first five for .92 of the guideline questions (.71 by cosine, .88 by words alone). Of no
# use in cross-validation over guides: the sections around, ranks instead of z-scores, the heading embedded.
_NEAR, _WORDS, _NAMED = 0.5, 0.5, 0.2
_LEADING = 5


@dataclass(frozen=True, slots=True)
class NearSection:
    """A section found for a query: the keys of its passages, nearest first, the cosine of the nearest, its BM25."""

    keys: tuple[int, ...]
    similarity: float
    bm25: float


class Guidance:
    """The sections of all prose in a library that has some."""

    def __init__(self, rows: Sequence[ProseRow], terms: Callable[[str], list[str]]) -> None:
        number: dict[tuple[int, str], int] = {}
        placed = sorted(
            ((number.setdefault((row.document, row.section), len(number)), row) for row in rows),
            key=lambda pair: pair[0],
        )
        self._keys = np.array([row.key for _, row in placed], np.int64)
        self._vectors = np.frombuffer(b"".join(row.vector for _, row in placed), np.float16).astype(np.float32)
        self._vectors = self._vectors.reshape(len(placed), -1)
        self._starts = np.searchsorted([at for at, _ in placed], np.arange(len(number) + 1))
        self._documents = np.array([document for document, _ in number], np.int64)
        counts = [Counter(terms(heading)) for heading in _headings(placed)]
        naming: dict[Code, dict[int, None]] = {}
        for at, row in placed:
            counts[at].update(terms(row.text))
            for code in row.names:
                naming.setdefault(code, {})[at] = None
        self._naming = {code: list(sections) for code, sections in naming.items()}
        self._words = _by_term(counts)

    def search(
        self,
        vector: Floats,
        terms: Iterable[str],
        leading: Sequence[Code],
        count: int,
        documents: AbstractSet[int] | None = None,
    ) -> list[NearSection]:
        """The best sections for a query: its vector, its terms, the codes that lead its candidates."""
        cosines = self._vectors @ vector
        near = np.maximum.reduceat(cosines, self._starts[:-1])
        words = np.zeros(len(near))
        for term in dict.fromkeys(terms):
            if term in self._words:
                sections, worth = self._words[term]
                words[sections] += worth
        score = _NEAR * standard_array(near) + _WORDS * standard_array(words)
        for rank, code in enumerate(dict.fromkeys(code.bare for code in leading[:_LEADING]), start=1):
            score[self._naming.get(code, [])] += _NAMED / rank
        order = np.argsort(-score, kind="stable").tolist()
        if documents is not None:
            order = [at for at in order if int(self._documents[at]) in documents]
        return [NearSection(self._nearest(cosines, at), float(near[at]), float(words[at])) for at in order[:count]]

    def _nearest(self, cosines: Floats, section: int) -> tuple[int, ...]:
        start, end = self._starts[section], self._starts[section + 1]
        return tuple(self._keys[start + np.argsort(-cosines[start:end], kind="stable")].tolist())


def _headings(placed: Sequence[tuple[int, ProseRow]]) -> list[str]:
    return list({at: row.heading for at, row in placed}.values())


def _by_term(counts: Sequence[Counter[str]]) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """For each term the sections that hold it, and its BM25 in each; it is as rare as it is among sections."""
    mean = math.fsum(count.total() for count in counts) / max(len(counts), 1) or 1.0
    found: dict[str, list[tuple[int, float]]] = {}
    for at, count in enumerate(counts):
        length = count.total()
        for term in count:
            found.setdefault(term, []).append((at, bm25(count, {term: 1.0}, length, mean)))
    return {
        term: (
            np.array([at for at, _ in held], np.int64),
            np.array([worth for _, worth in held]) * math.log(1 + (len(counts) - len(held) + 0.5) / (len(held) + 0.5)),
        )
        for term, held in found.items()
    }
