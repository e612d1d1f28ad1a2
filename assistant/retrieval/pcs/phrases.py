"""Phrases that stand for something, scored by how much of them a query says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Asked:
    """The terms of a query that the vocabulary holds, and the weight of all its terms, held or not."""

    terms: Ints
    total: float


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases, each for one target (a number): an inverted list of them by term, and what each weighs in all."""

    starts: Ints
    postings: Ints
    totals: Floats
    targets: Ints
    count: int

    @classmethod
    def build(cls, phrases: Sequence[tuple[Sequence[int], int]], weights: Floats, count: int) -> "Phrases":
        """From (distinct term numbers, target); `weights` by term, `count` targets in all."""
        lengths = np.array([len(terms) for terms, _ in phrases], np.int64)
        terms = np.array([term for terms, _ in phrases for term in terms], np.int32)
        owners = np.repeat(np.arange(len(phrases), dtype=np.int32), lengths)
        order = np.argsort(terms, kind="stable")
        starts = np.searchsorted(terms[order], np.arange(len(weights) + 1)).astype(np.int32)
        totals = np.bincount(owners, weights[terms], minlength=len(phrases)).astype(np.float32)
        targets = np.array([target for _, target in phrases], np.int32)
        return cls(starts, owners[order], totals, targets, count)

    def score(self, asked: Asked, weights: Floats) -> Floats:
        """For each target, its best phrase: (share of the phrase that is asked)² × (share of the query it covers)."""
        found, said = self._said(asked, weights)
        total = max(asked.total, 1e-9)
        return self._best(found, (said / self.totals[found]) ** 2 * np.minimum(said / total, 1.5))

    def coverage(self, asked: Asked, weights: Floats) -> Floats:
        """For each target, its best phrase: the weight of what is asked of it × the share of the phrase that is."""
        found, said = self._said(asked, weights)
        return self._best(found, said / self.totals[found])

    def _said(self, asked: Asked, weights: Floats) -> tuple[Ints, Floats]:
        """Which phrases share a term with the query, and the weight of what they share."""
        parts = [self.postings[self.starts[term] : self.starts[term + 1]] for term in asked.terms]
        if not parts:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        touched = np.concatenate(parts)
        shared = np.repeat(weights[asked.terms], [len(part) for part in parts])
        sums = np.bincount(touched, shared, minlength=len(self.totals)).astype(np.float32)
        found = np.flatnonzero(sums).astype(np.int32)
        return found, sums[found]

    def _best(self, found: Ints, values: Floats) -> Floats:
        best = np.zeros(self.count, np.float32)
        np.maximum.at(best, self.targets[found], values.astype(np.float32))
        return best

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """What is written to disk, under names that begin with `name`."""
        return {
            f"{name}.starts": self.starts,
            f"{name}.postings": self.postings,
            f"{name}.totals": self.totals,
            f"{name}.targets": self.targets,
            f"{name}.count": np.array(self.count),
        }

    @classmethod
    def of_arrays(cls, name: str, arrays: Mapping[str, NDArray[np.generic]]) -> "Phrases":
        """The phrases that `arrays` wrote."""
        starts, postings, totals, targets = (
            arrays[f"{name}.{part}"] for part in ("starts", "postings", "totals", "targets")
        )
        return cls(
            starts.astype(np.int32),
            postings.astype(np.int32),
            totals.astype(np.float32),
            targets.astype(np.int32),
            int(arrays[f"{name}.count"]),
        )
