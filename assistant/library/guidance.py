"""The prose about no code, searched section by section; kept in memory for a generation.

Among the pages of a thousand codes a rule is seldom one of the nearest passages. Compared with other prose only, and as
the section that a reader would turn to, it is found.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.codes import Code
from assistant.library.records import ProseRow

Floats = NDArray[np.float32]

# A library with more passages of prose has its index for them: what a search finds there is prose anyway.
MOST = 5_000
# Shares of a section's score, each part as its z-score among the sections: the cosine of its nearest passage, the mean
# of that of the sections around it, BM25 of its words and heading. And what each leading code adds that it names.
# On the calibration split of eval/starter the right section is one of the first four for .80 of the guideline questions
# (.69 by cosine alone, .67 by words, .77 without the sections around), and neighbouring values find as many.
_NEAR, _AROUND, _WORDS, _NAMED = 0.4, 0.2, 0.4, 0.4
_REACH = 2
_LEADING = 5
_K1, _B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class NearSection:
    """A section found for a query: the keys of its passages, nearest first, and the cosine of the nearest."""

    keys: tuple[int, ...]
    similarity: float


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
        weight: Mapping[str, float],
        leading: Sequence[Code],
        count: int,
        documents: AbstractSet[int] | None = None,
    ) -> list[NearSection]:
        """The best sections for a query: its vector, the weight of its terms, the codes that lead its candidates."""
        cosines = self._vectors @ vector
        near = np.maximum.reduceat(cosines, self._starts[:-1])
        words = np.zeros(len(near))
        for term, value in weight.items():
            if term in self._words:
                sections, worth = self._words[term]
                words[sections] += value * worth
        score = _NEAR * _standard(near) + _AROUND * _standard(self._around(near)) + _WORDS * _standard(words)
        for rank, code in enumerate(dict.fromkeys(code.bare for code in leading[:_LEADING]), start=1):
            score[self._naming.get(code, [])] += _NAMED / rank
        order = np.argsort(-score, kind="stable").tolist()
        if documents is not None:
            order = [at for at in order if int(self._documents[at]) in documents]
        return [NearSection(self._nearest(cosines, at), float(near[at])) for at in order[:count]]

    def _around(self, near: Floats) -> Floats:
        """The mean cosine of the sections before and after each in its document; its own where it has none."""
        total, held = np.zeros_like(near), np.zeros_like(near)
        for step in range(1, min(_REACH, len(near) - 1) + 1):
            together = self._documents[step:] == self._documents[:-step]
            total[step:] += np.where(together, near[:-step], 0)
            total[:-step] += np.where(together, near[step:], 0)
            held[step:] += together
            held[:-step] += together
        mean: Floats = np.where(held > 0, total / np.maximum(held, 1), near)
        return mean

    def _nearest(self, cosines: Floats, section: int) -> tuple[int, ...]:
        start, end = self._starts[section], self._starts[section + 1]
        return tuple(self._keys[start + np.argsort(-cosines[start:end], kind="stable")].tolist())


def _headings(placed: Sequence[tuple[int, ProseRow]]) -> list[str]:
    return list({at: row.heading for at, row in placed}.values())


def _by_term(counts: Sequence[Counter[str]]) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """For each term the sections that hold it, and what it is worth there (BM25 without the term's own weight)."""
    mean = math.fsum(count.total() for count in counts) / max(len(counts), 1) or 1.0
    found: dict[str, list[tuple[int, float]]] = {}
    for at, count in enumerate(counts):
        norm = _K1 * (1 - _B + _B * count.total() / mean)
        for term, times in count.items():
            found.setdefault(term, []).append((at, times * (_K1 + 1) / (times + norm)))
    return {
        term: (np.array([at for at, _ in held], np.int64), np.array([worth for _, worth in held]))
        for term, held in found.items()
    }


def _standard(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Values as z-scores; all 0 where they are equal."""
    wide = values.astype(np.float64)
    spread = float(wide.std())
    return (wide - wide.mean()) / spread if spread else np.zeros_like(wide)
