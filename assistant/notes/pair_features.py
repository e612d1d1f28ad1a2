"""Turns what all statements of a note say for each code into a few features of the pair (note, code)."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.language.oppositions import Stand, agreement, stand_of
from assistant.language.quantities import Dimension, Quantity
from assistant.library import Subject
from assistant.library.search.lexical import bm25
from assistant.notes.sizes import (
    is_add_on,
    is_whole,
    leading,
    read_ordinal,
    read_range,
    read_sizes,
)
from assistant.retrieval.standard_scores import standard_array

Vectors = NDArray[np.float32]
Values = NDArray[np.float64]

# The features that speak for a code, and those that speak against it.
FOR = ("words", "kin", "covered", "near", "titled", "fits", "aged", "levels", "agrees", "own")
AGAINST = ("outside", "contradicts", "lesser")
FEATURES = FOR + AGAINST
# The confidence that the note's procedure lines give by themselves; it does not affect the order.
ASKED = "asked"

_NEAREST = 3
# Sections of a code page about billing, which name the code's neighbours.
_BILLING = frozenset({"modifiers", "guidelines", "important", "documentation", "medical-necessity", "notes"})
_BILLING_SHARE = 0.3
_WORD = re.compile(r"[a-z]{3,}")
# Titles of operations that a larger one of the same family includes.
_LESSER = re.compile(
    r"\b(?:diagnostic|look(?:ing)?(?:-only)?|alone|only|isolated|nothing (?:taken|repaired|else)|no tissue|inspection|"
    r"by itself)\b",
    re.IGNORECASE,
)
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a note says: its performed statements with vectors and terms, and its words as a whole.

    `weight` holds the rarity of each term of what was performed and of its context (diagnosis, findings). `titled`
    marks the statements of the procedure line; `stand` is the note's side of each pair of opposites.
    """

    texts: tuple[str, ...]
    vectors: Vectors
    terms: tuple[frozenset[str], ...]
    titled: tuple[bool, ...]
    weight: Mapping[str, float]
    age: float | None
    interspaces: int
    vertebrae: int
    stand: Stand


@dataclass(frozen=True, slots=True)
class Called:
    """The names of a code: its title and the title's terms, its description, and its family ("" for none).

    `asked` is the confidence in the code when each procedure line of the note is asked as a query.
    """

    title: str
    terms: frozenset[str]
    description: str
    family: str
    asked: float = 0.0


class Pairs:
    """One note against all codes that are considered for it.

    `near` and `affinity` have a row for each code and a column for each statement: the cosine to the code's nearest
    passage, and how well the statement speaks for the code, in [0, 1]. `families` and `rivals` are lists of rows.
    """

    def __init__(self, spoken: Spoken, subjects: Sequence[Subject], called: Sequence[Called]) -> None:
        self._spoken, self._called = spoken, called
        self._told = [_told(subject) for subject in subjects]
        families = [name.family or f"\0{row}" for row, name in enumerate(called)]
        self.families = _grouped(families)
        # An add-on goes with its primary code and competes with other add-ons alone.
        self.rivals = _grouped([f"{f}\0{is_add_on(c.title)}" for f, c in zip(families, called, strict=True)])
        self._ranges = _open_ended([_range_of(name) for name in called], called, self.families)
        self.near: Values = np.stack([(spoken.vectors @ s.vectors.T).max(1) for s in subjects]).astype(np.float64)
        held = np.array([[_weight_held(terms, spoken.weight, t) for terms in spoken.terms] for t in self._told])
        self.affinity: Values = 0.5 * np.clip(self.near, 0, 1) + 0.5 * held / max(float(held.max()), 1e-9)

    def features(self) -> dict[str, Values]:
        """The features of every code, by name."""
        spoken = self._spoken
        words = standard_array(_bm25(spoken.weight, self._told))
        total = math.fsum(spoken.weight.values()) or 1.0
        size = self._sizes()
        agrees, contradicts = self._stands()
        return {
            "words": np.array([max(words[rung] for rung in rungs) for rungs in self._ladders()]),
            "kin": self._kin(words),
            "covered": np.array([_weight_held(spoken.weight, spoken.weight, told) for told in self._told]) / total,
            ASKED: np.array([called.asked for called in self._called]),
            "near": np.sort(self.near, axis=1)[:, -_NEAREST:].mean(1),
            "titled": self._titled(),
            "fits": np.clip(size, 0.0, None),
            "outside": np.clip(-size, 0.0, None),
            "aged": self._ages(),
            "levels": self._levels(),
            "agrees": agrees,
            "contradicts": contradicts,
            "lesser": self._lesser(),
            "own": self._own(),
        }

    def _titled(self) -> Values:
        """How near the note's procedure line is to each code; the mean over all statements where the note has none."""
        marked = [at for at, titled in enumerate(self._spoken.titled) if titled]
        titled: Values = self.near[:, marked].max(1) if marked else self.near.mean(1)
        return titled

    def _kin(self, words: Values) -> Values:
        """The best of a code's family: what kind of operation it was, whichever of its siblings."""
        kin = np.zeros(len(words))
        for members in self.families:
            kin[members] = words[members].max()
        return kin

    def _own(self) -> Values:
        """How much more a code gets from one statement than its best rival does, at the statement that favours it most.

        A second code of a family needs words of its own; the value is 0 for a code without rivals.
        """
        own = np.zeros(len(self._called))
        for members in self.rivals:
            for member in members:
                others = [other for other in members if other != member]
                if others:
                    own[member] = float((self.affinity[member] - self.affinity[others].max(0)).max())
        return own

    def _sizes(self) -> Values:
        """Whether a size in the note lies in a code's range: up to 1 if one does, -1 if none does.

        A fitting size counts more, the nearer its statement is to the code among all statements with a size.
        """
        given = [read_sizes(text) for text in self._spoken.texts]
        found = np.zeros(len(self._ranges))
        for row, wanted in enumerate(self._ranges):
            if wanted is None or wanted.dimension is Dimension.AGE:
                continue
            sizes = [(at, leading(sizes_here, wanted.dimension)) for at, sizes_here in enumerate(given)]
            known = [(at, value) for at, value in sizes if value is not None]
            if not known:
                continue
            known = [(at, value) for at, value in known if is_whole(given[at], wanted.dimension)] or known
            most = max(float(self.affinity[row, at]) for at, _ in known) or 1.0
            fitting = [float(self.affinity[row, at]) / most for at, value in known if wanted.holds(value)]
            found[row] = max(fitting) if fitting else -1.0
        return found

    def _ladders(self) -> list[list[int]]:
        """For each code, its ladder: the siblings that differ from it only in their range, one for each other range.

        What the page of one says of the operation holds for all of them.
        """
        ladders: list[list[int]] = [[row] for row in range(len(self._called))]
        titles = [frozenset(_WORD.findall(called.title.lower())) for called in self._called]
        for members in self.families:
            for member in members:
                mine = self._ranges[member]
                others: dict[Quantity, list[int]] = {}
                for other in members:
                    theirs = self._ranges[other]
                    if mine and theirs and theirs.dimension is mine.dimension and theirs != mine:
                        others.setdefault(theirs, []).append(other)
                for rivals in others.values():
                    best = max(rivals, key=lambda r: (len(titles[member] & titles[r]), -abs(r - member)))
                    ladders[member].append(best)
        return ladders

    def _ages(self) -> Values:
        """1 if the patient's age lies in a code's range of ages, -1 if it does not, 0 if that is unknown."""
        age = self._spoken.age
        found = np.zeros(len(self._ranges))
        for row, wanted in enumerate(self._ranges):
            if age is not None and wanted is not None and wanted.dimension is Dimension.AGE:
                found[row] = 1.0 if wanted.holds(age) else -1.0
        return found

    def _levels(self) -> Values:
        """For a code of a further level: 1 if the note names as many levels, -1 if it names fewer, 0 if unknown."""
        levels = self._spoken.interspaces or self._spoken.vertebrae
        found = np.zeros(len(self._called))
        for row, called in enumerate(self._called):
            order = read_ordinal(called.title)
            if levels and order is not None and order > 1:
                found[row] = 1.0 if levels >= order else -1.0
        return found

    def _stands(self) -> tuple[Values, Values]:
        """The number of axes (access, first or again, trapped or free …) on which each code agrees or disagrees."""
        stands = [stand_of(called.title, called.description) for called in self._called]
        found = np.array([agreement(stand, self._spoken.stand) for stand in stands], dtype=np.float64)
        return found[:, 0], found[:, 1]

    def _lesser(self) -> Values:
        """For a code whose title calls it the lesser operation ("alone", "diagnostic"): how much more was performed.

        It grows with the number of a sibling title's additional words that stand among what was performed.
        """
        found = np.zeros(len(self._called))
        for members in self.families:
            for member in members:
                if not _LESSER.search(self._called[member].title):
                    continue
                for other in members:
                    if other == member or _LESSER.search(self._called[other].title):
                        continue
                    more = self._called[other].terms - self._called[member].terms
                    held = sum(term in self._spoken.weight for term in more)
                    found[member] = max(found[member], min(1.0, held / min(_ENOUGH, len(more) or 1)))
        return found


def _told(subject: Subject) -> dict[str, float]:
    """The terms of a code's passages; passages about billing count less."""
    told: dict[str, float] = {}
    for section, counts in zip(subject.sections, subject.counts, strict=True):
        share = _BILLING_SHARE if section in _BILLING else 1.0
        for term, count in counts.items():
            told[term] = told.get(term, 0.0) + count * share
    return told


def _grouped(names: Sequence[str]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        groups.setdefault(name, []).append(row)
    return list(groups.values())


def _range_of(called: Called) -> Quantity | None:
    return read_range(called.title) or read_range(called.description)


def _open_ended(
    ranges: list[Quantity | None], called: Sequence[Called], families: Sequence[Sequence[int]]
) -> list[Quantity | None]:
    """The ranges; one loses its upper end if an add-on of the family goes on from there ("past the first 7.5 cm")."""
    opened = list(ranges)
    for members in families:
        beyond = {
            (other.dimension, other.low)
            for each in members
            if (other := ranges[each]) is not None and is_add_on(called[each].title)
        }
        for member in members:
            mine = ranges[member]
            if mine is not None and (mine.dimension, mine.high) in beyond and not is_add_on(called[member].title):
                opened[member] = replace(mine, high=math.inf)
    return opened


def _bm25(weight: Mapping[str, float], counts: Sequence[Mapping[str, float]]) -> Values:
    lengths = [math.fsum(one.values()) for one in counts]
    mean = math.fsum(lengths) / len(lengths) or 1.0
    return np.array([bm25(one, weight, length, mean) for one, length in zip(counts, lengths, strict=True)])


def _weight_held(terms: Iterable[str], weight: Mapping[str, float], told: Mapping[str, float]) -> float:
    return math.fsum(weight.get(term, 0.0) for term in terms if term in told)
