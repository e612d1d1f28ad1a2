"""Scores codes by their characters: operation and body part together first, then approach, device and qualifier."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.pcs.phrases import Asked, Floats, Ints, Phrases
from assistant.retrieval.pcs.words import FILLING, SIDES, Terms, Vocabulary

APPROACHES = (
    "", "Open", "Percutaneous", "Percutaneous Endoscopic", "Via Natural or Artificial Opening",
    "Via Natural or Artificial Opening Endoscopic", "External",
)  # fmt: skip
_SITES = 40
_SLIGHT = 0.02
# Which approaches a word speaks for; endoscopy of an opening is fitted apart from endoscopy through the skin.
_CUED = {
    "endoscopic": (3,),
    "endoscopic opening": (5,),
    "percutaneous": (2,),
    "open": (1,),
    "external": (6,),
    "natural": (4, 5),
}


class Flag(IntFlag):
    """What the last characters of a code say."""

    NO_DEVICE = 1
    NO_QUALIFIER = 2
    DIAGNOSTIC = 4
    NEW = 8


# Fitted on one half of the development titles (ICD-9 procedures to ICD-10-PCS): softmax regression over the sites, then
# over the codes of the forty best sites. The other half was only measured.
SITE_WEIGHTS: Mapping[str, float] = {
    "tables_mean": 4.6, "parts_mean": 12.9, "name": 1.0, "operation": 2.0, "table": 1.5, "site": 2.9,
    "operation_up": 1.1, "table_up": 2.6, "surgical": -0.8, "part": 1.3, "part_share": 2.4, "word": 3.0,
}  # fmt: skip
CODE_WEIGHTS: Mapping[str, float] = {
    "site": 0.92, "Open": 0.1, "Percutaneous": -0.5, "Percutaneous Endoscopic": -0.7,
    "Via Natural or Artificial Opening": -0.5, "Via Natural or Artificial Opening Endoscopic": -0.8, "External": 0.1,
    "endoscopic said": 2.1, "endoscopic opening said": 0.8, "percutaneous said": 1.5, "open said": 1.7,
    "external said": 1.3, "natural said": 1.7, "no device": 1.1, "no qualifier": 1.0, "diagnostic": -1.6,
    "diagnostic said": 2.8, "device": 3.2, "qualifier": 0.8, "new technology": -1.0, "prefix": 2.8,
}  # fmt: skip
# What the cosine of a code's own passage adds to its score.
COSINE_WEIGHT = 7.9
# What each better code of the same operation at the same part, whichever side, takes from a code's score, so that the
# first ten do not differ in approach and side alone.
_CROWDED = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """A code as found: its passage's key, how well the query supports its characters, and the group of its site."""

    key: int
    score: float
    group: int


@dataclass(frozen=True, slots=True, eq=False)
class ReadQuery:
    """What a query says by its words: what speaks for each site, each label and each prefix, and of the approaches."""

    sites: Mapping[str, Floats]
    labels: Floats
    prefixes: Floats
    cues: frozenset[str]


@dataclass(frozen=True, eq=False)
class Axes:
    """The codes of a library in order of their characters, what these mean, and the phrases that speak of them.

    A site is what the first four characters name: an operation at a body part. `starts` has the first code of each;
    `table_of`, `part_of`, `operation_of` and `group_of` (a site on either side) are by site; `device_of`,
    `qualifier_of`, `approach_of` and `flags` by code. `operations` are labels behind the character of their section.
    `rare` is the weight of a term that no phrase has.
    """

    keys: NDArray[np.int64]
    codes: tuple[str, ...]
    starts: Ints
    surgical: NDArray[np.bool_]
    table_of: Ints
    part_of: Ints
    operation_of: Ints
    group_of: Ints
    operations: tuple[str, ...]
    device_of: Ints
    qualifier_of: Ints
    approach_of: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    tables_mean: Floats
    parts_mean: Floats
    prefix_ranges: Ints
    vocabulary: Mapping[str, int]
    weights: Floats
    rare: float
    phrases: Mapping[str, Phrases]

    def search(
        self,
        text: str,
        vector: Floats,
        count: int,
        words: Vocabulary,
        terms: Terms,
        allowed: NDArray[np.int64] | None = None,
    ) -> list[Found]:
        """The best `count` codes, ties by code, among the keys `allowed` if given; for `weigh` to finish."""
        return self.best(self.read(text, words, terms), vector, count, allowed)

    def best(
        self, read: ReadQuery, vector: Floats, count: int, allowed: NDArray[np.int64] | None = None
    ) -> list[Found]:
        """What `search` finds for a query that was read before its vector was there."""
        sites = self.site_features(read, vector)
        score = sum(SITE_WEIGHTS[name] * column for name, column in sites.items())
        best = _highest(np.asarray(score), _SITES)
        at = self.codes_of(best)
        codes = self.code_features(read, at)
        codes["site"] = np.repeat(np.asarray(score)[best], self.starts[best + 1] - self.starts[best])
        total = np.asarray(sum(CODE_WEIGHTS[name] * column for name, column in codes.items()))
        if allowed is not None:
            kept = np.isin(self.keys[at], allowed)
            at, total = at[kept], total[kept]
        order = np.lexsort((at, -total))[:count]
        groups = self.group_of[np.searchsorted(self.starts, at[order], side="right") - 1]
        found = zip(self.keys[at[order]].tolist(), total[order].tolist(), groups.tolist(), strict=True)
        return [Found(key, score, group) for key, score, group in found]

    def holds(self, keys: Sequence[int]) -> set[int]:
        """Which of some keys are of passages that have axes."""
        asked = np.array(keys, np.int64)
        places = np.minimum(np.searchsorted(self._sorted_keys, asked), len(self._sorted_keys) - 1)
        return set(asked[self._sorted_keys[places] == asked].tolist())

    @cached_property
    def _sorted_keys(self) -> NDArray[np.int64]:
        return np.sort(self.keys)

    def codes_of(self, sites: Ints | NDArray[np.int64]) -> Ints:
        """The places of the codes of some sites."""
        parts = [np.arange(self.starts[site], self.starts[site + 1], dtype=np.int32) for site in sites]
        return np.concatenate(parts) if parts else np.zeros(0, np.int32)

    def read(self, text: str, words: Vocabulary, terms: Terms) -> ReadQuery:
        """What a query says of the codes by its words. What the index says of a site speaks for its table and operation
        too."""
        said, meant = self.asked(text, words, terms)
        named = self._score("name", said)
        operation, table, site = (self._score(kind, said) for kind in ("operation", "table", "site"))
        table_up = table.copy()
        np.maximum.at(table_up, self.table_of, site)
        operation_up = operation.copy()
        np.maximum.at(operation_up, self.operation_of, table_up[self.table_of])
        word = np.zeros(len(self.operations), np.float32)
        for name, likely in words.operations_in(text, terms).items():
            word[self._called.get(name, [])] = likely
        part = self._score("part", meant)
        share = self.phrases["part"].coverage(meant, self.weights)
        sites = {
            "name": named[self.operation_of],
            "operation": operation[self.operation_of],
            "table": table[self.table_of],
            "site": site,
            "operation_up": operation_up[self.operation_of],
            "table_up": table_up[self.table_of],
            "surgical": self.surgical.astype(np.float32),
            "part": part[self.part_of],
            "part_share": share[self.part_of],
            "word": word[self.operation_of],
        }
        return ReadQuery(sites, self._score("label", said), self._score("prefix", said), words.approaches_in(text))

    def site_features(self, read: ReadQuery, vector: Floats) -> dict[str, Floats]:
        """What speaks for each site."""
        return {
            # einsum, because the threads of a matrix product wait for the processor that the model's threads hold.
            "tables_mean": np.einsum("ij,j->i", self.tables_mean, vector)[self.table_of],
            "parts_mean": np.einsum("ij,j->i", self.parts_mean, vector)[self.part_of],
            **read.sites,
        }

    def code_features(self, read: ReadQuery, at: Ints) -> dict[str, Floats]:
        """What speaks for each of some codes beyond its site: the usual way and what is said of others."""
        approach, flags = self.approach_of[at], self.flags[at]
        features: dict[str, NDArray[np.generic]] = {
            name: approach == number for number, name in enumerate(APPROACHES) if name
        }
        for cue, numbers in _CUED.items():
            said = cue.split()[0] in read.cues
            features[f"{cue} said"] = np.isin(approach, numbers) if said else np.zeros(len(at), bool)
        no_device, no_qualifier = flags & Flag.NO_DEVICE > 0, flags & Flag.NO_QUALIFIER > 0
        features |= {
            "no device": no_device,
            "no qualifier": no_qualifier,
            "diagnostic": flags & Flag.DIAGNOSTIC > 0,
            "diagnostic said": (flags & Flag.DIAGNOSTIC > 0) & ("diagnostic" in read.cues),
            "device": read.labels[self.device_of[at]] * ~no_device,
            "qualifier": read.labels[self.qualifier_of[at]] * ~no_qualifier,
            "new technology": flags & Flag.NEW > 0,
            "prefix": self._prefixed(read.prefixes, at),
        }
        return {name: column.astype(np.float32) for name, column in features.items()}

    def _prefixed(self, scores: Floats, at: Ints) -> Floats:
        """What the index says of five or more first characters of a code."""
        best = np.zeros(len(at), np.float32)
        for prefix in np.flatnonzero(scores > _SLIGHT):
            start, end = self.prefix_ranges[prefix]
            within = (at >= start) & (at < end)
            best[within] = np.maximum(best[within], scores[prefix])
        return best

    def _score(self, kind: str, asked: Asked) -> Floats:
        return self.phrases[kind].score(asked, self.weights)

    def asked(self, text: str, words: Vocabulary, terms: Terms) -> tuple[Asked, Asked]:
        """The terms of a query, and the same with what the roots of its words mean."""
        empty = {*terms(FILLING), *terms(SIDES)}
        said = [term for term in dict.fromkeys(terms(text)) if term not in empty]
        held = {self.vocabulary[term] for term in said if term in self.vocabulary}
        total = sum(float(self.weights[self.vocabulary[t]]) if t in self.vocabulary else self.rare for t in said)
        more = {
            self.vocabulary[term]
            for word in words.parts_in(text)
            for term in terms(word)
            if term in self.vocabulary and term not in empty
        }
        return Asked(_numbers(held), total), Asked(_numbers(held | more), total)

    @cached_property
    def _called(self) -> dict[str, list[int]]:
        """The operations of all sections by their label."""
        called: dict[str, list[int]] = {}
        for number, operation in enumerate(self.operations):
            called.setdefault(operation[1:], []).append(number)
        return called


def _highest(score: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """The places of the highest scores, highest first, equal ones by place; sorts only what may be among them."""
    if count >= len(score):
        return np.argsort(-score, kind="stable")
    least = np.partition(score, len(score) - count)[len(score) - count]
    among = np.flatnonzero(score >= least)
    return among[np.argsort(-score[among], kind="stable")][:count]


def _numbers(found: set[int]) -> Ints:
    return np.array(sorted(found), np.int32)


def weigh(found: Sequence[Found], cosines: Mapping[int, float]) -> dict[int, float]:
    """The final scores by key: with each code's own cosine, and less for each better code of the same group."""
    scored = [(one.score + COSINE_WEIGHT * cosines.get(one.key, 0.0), one) for one in found]
    crowd: Counter[int] = Counter()
    final: dict[int, float] = {}
    for score, one in sorted(scored, key=lambda pair: (-pair[0], pair[1].key)):
        final[one.key] = score - _CROWDED * crowd[one.group]
        crowd[one.group] += 1
    return final
