"""Merges what all statements of a note say for a code into one score and a calibrated confidence.

A pair of a note and a code is described by a few features; a logistic model of them, fitted by `scripts/fit-notes` on
calibration notes, is kept as readable numbers in `merging.json`.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from assistant.codes import Code
from assistant.library import Subject
from assistant.oppositions import Stand, agreement, stand_of
from assistant.quantities import (
    Dimension,
    Range,
    is_add_on,
    is_whole,
    leading,
    read_ordinal,
    read_quantities,
    read_range,
)

Vectors = NDArray[np.float32]
Values = NDArray[np.float64]

_K1, _B = 1.2, 0.75
_NEAREST = 3
# Sections of a code page that speak of billing, and name the code's neighbours to do so.
_BILLING = frozenset({"modifiers", "guidelines", "important", "documentation", "medical-necessity", "notes"})
_BILLING_SHARE = 0.3
_WORD = re.compile(r"[a-z]{3,}")
# Titles of operations that a larger one of the same family includes.
_LESSER = re.compile(
    r"\b(?:diagnostic|look(?:ing)?(?:-only)?|alone|only|nothing (?:taken|repaired|else)|no tissue|inspection|"
    r"by itself)\b",
    re.IGNORECASE,
)
FEATURES = (
    "words", "words_here", "covered", "described", "apart", "apart_described", "near", "whole", "opening", "titled",
    "size", "age", "level", "denied", "family_words", "family_near",
    "agrees", "contradicts", "lesser", "kin",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a note says: its performed statements with vectors and terms, and its words as a whole.

    `weight` holds the rarity of each term of what was performed and of its context (diagnosis, findings), `denied` that
    of terms which occur only where something was not done. `titled` marks the statements of the procedure line.
    """

    texts: tuple[str, ...]
    vectors: Vectors
    terms: tuple[frozenset[str], ...]
    titled: tuple[bool, ...]
    weight: Mapping[str, float]
    denied: Mapping[str, float]
    age: float | None
    interspaces: int
    vertebrae: int
    stand: Stand


@dataclass(frozen=True, slots=True)
class Called:
    """What a code is called: its title, the words its document describes it with first, and its family."""

    title: str
    description: str
    family: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighed:
    """A code's features for a note, its score and confidence, and how well each statement speaks for it."""

    code: Code
    features: Mapping[str, float]
    score: float
    confidence: float
    affinity: Values


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model: what each feature counts, after its mean is taken off and its spread divided out."""

    bias: float
    factors: Mapping[str, tuple[float, float, float]]
    threshold: float

    def logit(self, features: Mapping[str, float]) -> float:
        """The score of a pair."""
        return self.bias + math.fsum(
            factor * (features[name] - mean) / spread for name, (factor, mean, spread) in self.factors.items()
        )


@cache
def shipped_model() -> Model:
    """The fitted model that comes with the package."""
    body = json.loads(files("assistant").joinpath("merging.json").read_text(encoding="utf-8"))
    factors = {name: (row["factor"], row["mean"], row["spread"]) for name, row in body["features"].items()}
    return Model(body["bias"], factors, body["threshold"])


def weigh(
    spoken: Spoken, subjects: Mapping[Code, Subject], called: Mapping[Code, Called], model: Model
) -> tuple[Weighed, ...]:
    """Each code with its features, score and confidence for a note, best first."""
    codes = [code for code in subjects if code in called]
    if not codes or not spoken.texts:
        return ()
    pairs = _Pairs(spoken, [subjects[code] for code in codes], [called[code] for code in codes])
    columns = pairs.features()
    weighed = []
    for row, code in enumerate(codes):
        features = {name: float(columns[name][row]) for name in FEATURES}
        logit = model.logit(features)
        confidence = 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, logit))))
        weighed.append(Weighed(code, features, logit, confidence, pairs.affinity[row]))
    return tuple(sorted(weighed, key=lambda item: (-item.score, item.code.system, item.code.value)))


class _Pairs:
    """All codes against one note at once."""

    def __init__(self, spoken: Spoken, subjects: Sequence[Subject], called: Sequence[Called]) -> None:
        self._spoken, self._subjects, self._called = spoken, subjects, called
        self._told = [_told(subject) for subject in subjects]
        self._opened = [_opened(subject, name) for subject, name in zip(subjects, called, strict=True)]
        self._families = _families(called, self._opened)
        # Statements x codes: the cosine of each statement to the nearest passage of each code.
        self._near: Values = np.stack([(spoken.vectors @ s.vectors.T).max(1) for s in subjects]).astype(np.float64)
        self._held: Values = np.array(
            [[_weight_held(terms, spoken.weight, told) for terms in spoken.terms] for told in self._told]
        )
        self.affinity = _affinity(self._near, self._held)
        self._ranges = self._read_ranges()

    def features(self) -> dict[str, Values]:
        """The features of every code, by name."""
        spoken = self._spoken
        words = _bm25(spoken.weight, self._told)
        total = math.fsum(spoken.weight.values()) or 1.0
        covered = np.array([_weight_held(spoken.weight, spoken.weight, told) for told in self._told]) / total
        apart, apart_described, denied = self._apart(self._told), self._apart(self._opened), self._denied()
        near = _top(self._near, _NEAREST)
        centre = spoken.vectors.sum(0)
        centre /= max(float(np.linalg.norm(centre)), 1e-9)
        whole = np.array([float((s.vectors @ centre).max()) for s in self._subjects])
        opening = np.array([float((_rows(s) @ centre).max()) for s in self._subjects])
        titled = np.array([self._titled(row) for row in range(len(self._subjects))])
        size, age, level = self._sizes(), self._ages(), self._levels()
        agrees, contradicts = self._stands()
        words_here = _standard(words)
        pooled = np.array([max(words_here[other] for other in rungs) for rungs in self._ladders()])
        return {
            "words": words / total,
            "words_here": pooled,
            "covered": covered,
            "described": _standard(_bm25(spoken.weight, self._opened)),
            "apart": apart,
            "apart_described": apart_described,
            "near": near,
            "whole": _standard(whole),
            "opening": opening,
            "titled": titled,
            "size": size,
            "age": age,
            "level": level,
            "denied": denied,
            "family_words": self._behind(_standard(words)),
            "family_near": self._behind(_standard(near)),
            "agrees": agrees,
            "contradicts": contradicts,
            "lesser": self._lesser(),
            "kin": self._kin(words_here),
        }

    def _titled(self, row: int) -> float:
        """How near the note's procedure line is to a code; the mean of all codes where the note has none."""
        marked = [at for at, titled in enumerate(self._spoken.titled) if titled]
        if not marked:
            return float(self._near.max(1).mean())
        return float(self._near[row, marked].max())

    def _apart(self, counts: Sequence[Counter[str]]) -> Values:
        """BM25 with terms weighed by how few codes of the same family hold them: what tells siblings apart."""
        return self._among_family(counts, self._spoken.weight)

    def _denied(self) -> Values:
        """The same for words of what was not done: they speak against the sibling that they name."""
        return self._among_family(self._opened, self._spoken.denied)

    def _among_family(self, counts: Sequence[Counter[str]], weight: Mapping[str, float]) -> Values:
        values = np.zeros(len(counts))
        for members in self._families:
            if len(members) < 2:
                continue
            frequency = Counter(term for member in members for term in counts[member])
            local = {
                term: value * math.log(len(members) / frequency[term])
                for term, value in weight.items()
                if 0 < frequency[term] < len(members)
            }
            found = _bm25(local, [counts[member] for member in members])
            spread = max(float(found.max() - found.min()), 1e-9)
            for member, value in zip(members, found, strict=True):
                values[member] = (value - float(found.mean())) / spread
        return values

    def _behind(self, values: Values) -> Values:
        """How far each code stands ahead of (or behind) the best other code of its family."""
        behind = np.zeros(len(values))
        for members in self._families:
            for member in members:
                others = [values[other] for other in members if other != member]
                behind[member] = values[member] - max(others) if others else 1.0
        return np.clip(behind, -2.0, 2.0)

    def _sizes(self) -> Values:
        """Whether a size that the note gives lies in a code's range: up to 1 where it does, -1 where none does.

        A fitting size counts for more, the nearer its statement is to the code among all that give one. Where a sibling
        goes on "past the first 7.5 cm", the range that ends there holds what is longer too.
        """
        given = [read_quantities(text) for text in self._spoken.texts]
        ranges = self._ranges
        found = np.zeros(len(ranges))
        for row, wanted in enumerate(ranges):
            if wanted is None or wanted.dimension is Dimension.AGE:
                continue
            sizes = [(at, leading(quantities, wanted.dimension)) for at, quantities in enumerate(given)]
            known = [(at, value) for at, value in sizes if value is not None]
            if not known:
                continue
            known = [(at, value) for at, value in known if is_whole(given[at], wanted.dimension)] or known
            most = max(float(self.affinity[row, at]) for at, _ in known) or 1.0
            fitting = [float(self.affinity[row, at]) / most for at, value in known if wanted.holds(value)]
            found[row] = max(fitting) if fitting else -1.0
        return found

    def _ladders(self) -> list[list[int]]:
        """For each code the rungs of its ladder: siblings that differ in their range alone, one for each other range.

        What the page of one rung says of the operation holds for all of them.
        """
        ladders: list[list[int]] = [[row] for row in range(len(self._called))]
        titles = [frozenset(_WORD.findall(called.title.lower())) for called in self._called]
        for members in self._families:
            ranged = [member for member in members if self._ranges[member] is not None]
            for member in ranged:
                mine = self._ranges[member]
                others: dict[Range, list[int]] = {}
                for other in ranged:
                    theirs = self._ranges[other]
                    if (
                        theirs is not None
                        and mine is not None
                        and theirs.dimension is mine.dimension
                        and theirs != mine
                    ):
                        others.setdefault(theirs, []).append(other)
                for rivals in others.values():
                    ladders[member].append(
                        max(rivals, key=lambda r: (len(titles[member] & titles[r]), -abs(r - member)))
                    )
        return ladders

    def _stands(self) -> tuple[Values, Values]:
        """On how many axes (access, first or again, trapped or free …) each code agrees with the note, or does not."""
        stands = [stand_of(called.title, called.description) for called in self._called]
        found = np.array([agreement(stand, self._spoken.stand) for stand in stands], dtype=np.float64)
        return found[:, 0], found[:, 1]

    def _lesser(self) -> Values:
        """For a code that is the lesser of its family by its title ("alone", "diagnostic", "only"): how much of what a
        sibling's title adds was performed. The larger operation includes it."""
        performed = self._spoken.weight
        found = np.zeros(len(self._called))
        titles = [frozenset(called.terms) for called in self._called]
        for members in self._families:
            for member in members:
                if not _LESSER.search(self._called[member].title):
                    continue
                for other in members:
                    more = {term for term in titles[other] - titles[member] if term in self._opened[other]}
                    if other == member or _LESSER.search(self._called[other].title) or not more:
                        continue
                    held = len([term for term in more if term in performed]) / len(more)
                    found[member] = max(found[member], held)
        return found

    def _kin(self, words: Values) -> Values:
        """The best of a code's family: what kind of operation it was, whichever of its siblings."""
        kin = np.zeros(len(words))
        for members in self._families:
            best = max(words[member] for member in members)
            for member in members:
                kin[member] = best
        return kin

    def _read_ranges(self) -> list[Range | None]:
        ranges = [read_range(called.title) or read_range(called.description) for called in self._called]
        for members in self._families:
            for member in members:
                mine = ranges[member]
                if mine is None or is_add_on(self._called[member].title):
                    continue
                goes_on = any(
                    (other := ranges[each]) is not None
                    and is_add_on(self._called[each].title)
                    and other.dimension is mine.dimension
                    and other.low == mine.high
                    for each in members
                )
                if goes_on:
                    ranges[member] = Range(mine.dimension, mine.low, math.inf, mine.holds_low, False)
        return ranges

    def _ages(self) -> Values:
        age = self._spoken.age
        found = np.zeros(len(self._ranges))
        for row, wanted in enumerate(self._ranges):
            if age is not None and wanted is not None and wanted.dimension is Dimension.AGE:
                found[row] = 1.0 if wanted.holds(age) else -1.0
        return found

    def _levels(self) -> Values:
        """For a code that counts levels: 1 where the note names as many, -1 where it names fewer."""
        spaces, bones = self._spoken.interspaces, max(self._spoken.vertebrae, self._spoken.interspaces)
        found = np.zeros(len(self._called))
        if not bones:
            return found
        for row, called in enumerate(self._called):
            order = read_ordinal(called.title)
            if order is not None and order > 1:
                found[row] = 1.0 if max(spaces, bones if not spaces else 0) >= order else -1.0
        return found


def merged_evidence(item: Weighed, spoken: Spoken, *, share: float, most: int) -> tuple[int, ...]:
    """Which statements speak for a code, in the order of the note: those near the best of its description.

    The procedure line is a claim and the description its proof, so a line of the title is named only where no other
    statement comes near it.
    """
    told = [at for at in range(len(spoken.texts)) if not spoken.titled[at]]
    chosen = told or list(range(len(spoken.texts)))
    best = max(item.affinity[at] for at in chosen)
    near = sorted(chosen, key=lambda at: (-item.affinity[at], at))[:most]
    return tuple(sorted(at for at in near if item.affinity[at] >= share * best))


def _told(subject: Subject) -> Counter[str]:
    """The terms of a code's passages; what speaks of billing counts for less."""
    told: Counter[str] = Counter()
    for section, counts in zip(subject.sections, subject.counts, strict=True):
        share = _BILLING_SHARE if section in _BILLING else 1.0
        for term, count in counts.items():
            told[term] += count * share  # type: ignore[assignment]  # a share of a count
    return told


def _opened(subject: Subject, called: Called) -> Counter[str]:
    opened: Counter[str] = Counter()
    for opening, counts in zip(subject.opening, subject.counts, strict=True):
        if opening:
            opened.update(counts)
    return opened if opened else Counter(term for counts in subject.counts for term in counts)


def _rows(subject: Subject) -> Vectors:
    rows = [at for at, opening in enumerate(subject.opening) if opening]
    return subject.vectors[rows] if rows else subject.vectors


def _families(called: Sequence[Called], opened: Sequence[Counter[str]]) -> list[list[int]]:
    """Codes in families as their documents name them; one whose document names none is alone."""
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(called):
        groups.setdefault(name.family or f"\0{row}", []).append(row)
    return list(groups.values())


def _bm25(weight: Mapping[str, float], counts: Sequence[Counter[str]]) -> Values:
    lengths = [math.fsum(one.values()) for one in counts]
    mean = math.fsum(lengths) / len(lengths) or 1.0
    return np.array(
        [
            math.fsum(
                value * one[term] * (_K1 + 1) / (one[term] + _K1 * (1 - _B + _B * length / mean))
                for term, value in weight.items()
                if term in one
            )
            for one, length in zip(counts, lengths, strict=True)
        ]
    )


def _weight_held(terms: frozenset[str] | Mapping[str, float], weight: Mapping[str, float], told: Counter[str]) -> float:
    return math.fsum(weight.get(term, 0.0) for term in terms if told[term] > 0)


def _affinity(near: Values, held: Values) -> Values:
    """How well each statement speaks for each code, in [0, 1]: its cosine and the weight of the words they share."""
    most = max(float(held.max()), 1e-9)
    affinity: Values = 0.5 * np.clip(near, 0, 1) + 0.5 * held / most
    return affinity


def _standard(values: Values) -> Values:
    standard: Values = (values - values.mean()) / (float(values.std()) or 1.0)
    return standard


def _top(values: Values, count: int) -> Values:
    top: Values = np.sort(values, axis=1)[:, -count:].mean(1)
    return top


__all__ = ["FEATURES", "Called", "Model", "Spoken", "Weighed", "is_add_on", "merged_evidence", "shipped_model", "weigh"]
