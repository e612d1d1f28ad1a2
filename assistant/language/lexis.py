"""The words of a library and of the trade: of what kind is a word that the documents near a query do not hold?"""

import math
import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA

from assistant.language.denials import denied_terms
from assistant.language.sentences import split_sentences
from assistant.language.words import carrying, rarity

_WORD = re.compile(r"[^\W\d_][^\W\d_'’-]*(?:['’-][^\W\d_]+)*")
# Greek and Latin endings for what is done, seen or wrong: such a word belongs to the trade even if no list has it.
_SUFFIX = re.compile(
    r"(?:ectom(?:y|ies)|otom(?:y|ies)|ostom(?:y|ies)|plast(?:y|ies)|pex(?:y|ies)|scop(?:y|ies)|centesis|rrhaph(?:y|ies)|"
    r"desis|tripsy|lysis|graphy|grams?|paxy|ablation|ization|itis|osis|omas?|emia|algia|pathy)$"
)


# Two words are forms of one if they agree up to an ending of so many letters, and in so many at least.
_STEM, _ENDING = 5, 3


class Kind(StrEnum):
    """The kind of a query's word that the documents near the query do not hold."""

    FOREIGN = "foreign"  # a trade word that stands nowhere in the library
    ELSEWHERE = "elsewhere"  # a trade word that other documents hold: the mark of a neighbouring procedure
    DIAGNOSIS = "diagnosis"  # a word of illness, not of procedures
    PLAIN = "plain"  # in no list: everyday speech or shorthand, as likely a paraphrase as another subject


@dataclass(frozen=True, slots=True)
class Unheld:
    """A word of a query that the documents near it do not hold; a rare word has more `weight`."""

    word: str
    kind: Kind
    weight: float


class Lexis:
    """The words that one state of a library knows, and those of the trade.

    `frequency` is the number of passages that hold a term, `prefixed` the terms of the library that begin so.
    """

    def __init__(
        self,
        terms: Callable[[str], list[str]],
        frequency: Callable[[str], int],
        passages: int,
        prefixed: Callable[[str], tuple[str, ...]] = lambda prefix: (),
    ) -> None:
        self.terms = terms
        self.frequency = frequency
        self.passages = passages
        self.prefixed = prefixed

    def words(self, text: str) -> dict[str, str]:
        """The words of a text that carry a subject, each with the term that stands for it in comparisons."""
        found: dict[str, str] = {}
        for word in _WORD.findall(text):
            carried = carrying(word, self.terms)
            if carried:
                found.setdefault(word, carried[0])
        return found

    def weigh(self, terms: Iterable[str]) -> dict[str, float]:
        """What each term weighs."""
        return rarity(list(terms), self.frequency, self.passages)

    def holds(self, held: AbstractSet[str], word: str, term: str) -> bool:
        """Whether the terms in `held` include a word as written, or the word that a misspelt one was meant to be."""
        if term in held:
            return True
        if len(word) < 5 or self.frequency(term) or term in trade():
            return False
        allowed = 1 if len(term) < 6 else 2
        return any(
            other[0] == term[0]
            and abs(len(other) - len(term)) <= allowed
            and OSA.distance(term, other, score_cutoff=allowed) <= allowed
            for other in held
            if other
        )

    def is_unknown(self, word: str) -> bool:
        """Whether no document holds any form of a word: neither its term nor one that begins as it does."""
        for term in self.terms(word):
            stem = term[: max(_STEM, len(term) - _ENDING)]
            if self.frequency(term) or self.prefixed(stem):
                return False
        return True

    def is_trade(self, word: str, term: str) -> bool:
        """Whether a word belongs to the trade of procedures."""
        return term in trade() or _SUFFIX.search(word.lower()) is not None

    def unheld(self, text: str, held: AbstractSet[str]) -> list[Unheld]:
        """The words of a text that carry a subject and are missing in `held`."""
        words = self.words(text)
        weights = self.weigh(words.values())
        return [
            Unheld(word, self._kind(word, term), weights[term])
            for word, term in words.items()
            if not self.holds(held, word, term)
        ]

    def unproved(self, claimed: str, text: str) -> float:
        """The share of a claim (by weight) that even the best sentence of a text leaves out or denies."""
        words = self.words(claimed)
        weights = self.weigh(words.values())
        whole = least = math.fsum(weights.values())
        for start, end in split_sentences(text) if words else ():
            sentence = text[start:end]
            held = frozenset(self.terms(sentence)) - denied_terms(sentence, self.terms)
            lacking = (weights[term] for word, term in words.items() if not self.holds(held, word, term))
            least = min(least, math.fsum(lacking))
        return least / whole if words else 0.0

    def _kind(self, word: str, term: str) -> Kind:
        if self.is_trade(word, term):
            return Kind.ELSEWHERE if self.frequency(term) else Kind.FOREIGN
        return Kind.DIAGNOSIS if term in diagnoses() else Kind.PLAIN


@lru_cache(maxsize=1)
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    """The terms of the trade of procedures, and those of illness alone, as the lexical index cuts words."""
    text = Path(__file__).with_name("trade.txt").read_text(encoding="utf-8")
    _, procedures, illness = re.split(r"\n\[(?:procedures|illness)\]\n", text)
    return frozenset(procedures.split()), frozenset(illness.split())


def trade() -> frozenset[str]:
    """Terms of the official indexes of procedures."""
    return _lists()[0]


def diagnoses() -> frozenset[str]:
    """Terms that only the official lists of diagnoses hold."""
    return _lists()[1]
