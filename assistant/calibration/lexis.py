"""The language of a library and of the trade: what a word is, when the documents near a query do not hold it."""

import math
import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA

from assistant.calibration.acts import spoken_of
from assistant.calibration.words import carrying, rarity
from assistant.codes import Code
from assistant.denials import denied_terms
from assistant.library import StoredPassage
from assistant.sentences import split_sentences
from assistant.types import Passage

# Sections that speak of billing a procedure, and name its neighbours to do so; the others describe it.
BILLING_SECTIONS = frozenset(
    "modifiers guidelines important documentation medical-necessity notes not-in-corpus related".split()
)
_OPENING_SECTIONS = frozenset({"short-description", "lead"})
_WORD = re.compile(r"[^\W\d_][^\W\d_'’-]*(?:['’-][^\W\d_]+)*")
# How Greek and Latin name what is done, seen or wrong: such a word belongs to the trade, whatever list lacks it.
_SUFFIX = re.compile(
    r"(?:ectom(?:y|ies)|otom(?:y|ies)|ostom(?:y|ies)|plast(?:y|ies)|pex(?:y|ies)|scop(?:y|ies)|centesis|rrhaph(?:y|ies)|"
    r"desis|tripsy|lysis|graphy|grams?|paxy|ablation|ization|itis|osis|omas?|emia|algia|pathy)$"
)
_REMEMBERED = 2_048


class Kind(StrEnum):
    """What a query's word is that the documents near it do not hold."""

    FOREIGN = "foreign"  # of the trade, and nowhere in the library
    ELSEWHERE = "elsewhere"  # of the trade, and held by other documents: the mark of a neighbouring procedure
    DIAGNOSIS = "diagnosis"  # of illness rather than of procedures
    PLAIN = "plain"  # in no list: everyday speech or shorthand, a paraphrase as likely as another subject


@dataclass(frozen=True, slots=True)
class Told:
    """What some passages about one subject hold: terms of its opening, of all that describes it, of everything.

    `acts` are those that the opening speaks of, `findings` those that what describes it speaks of. `elsewhere` holds
    the terms of each sentence that names only codes which the library lacks, and so sends the reader away.
    """

    opening: frozenset[str]
    described: frozenset[str]
    everything: frozenset[str]
    text: str
    acts: frozenset[str]
    findings: frozenset[str]
    elsewhere: tuple[frozenset[str], ...]

    @classmethod
    def of(
        cls,
        passages: Iterable[StoredPassage],
        terms: Callable[[str], list[str]],
        held: Callable[[Collection[Code]], Collection[Code]] = frozenset,
    ) -> "Told":
        """What these passages hold; `held` tells which of some codes the library holds."""
        opening: set[str] = set()
        described: set[str] = set()
        everything: set[str] = set()
        texts, openings, descriptions = [], [], []
        elsewhere: list[frozenset[str]] = []
        for item in passages:
            passage = item.passage
            if not passage.body_text.strip():
                continue
            found = terms(passage.indexed_text)
            everything.update(found)
            if passage.section not in BILLING_SECTIONS:
                described.update(found)
                descriptions.append(passage.indexed_text)
            if passage.section in _OPENING_SECTIONS or passage.quote:
                opening.update(found)
                openings.append(passage.indexed_text)
            texts.append(passage.body_text)
            elsewhere += [frozenset(terms(sentence)) for sentence in _sending_away(passage, held)]
        return cls(
            frozenset(opening),
            frozenset(described),
            frozenset(everything),
            "\n".join(texts),
            spoken_of("\n".join(openings), "act"),
            spoken_of("\n".join(descriptions), "finding"),
            tuple(elsewhere),
        )


def _sending_away(passage: Passage, held: Callable[[Collection[Code]], Collection[Code]]) -> list[str]:
    """The sentences of a passage about a code that name codes of its system, and none that the library holds."""
    code = passage.code
    named = [m for m in passage.mentions if m.certain and code is not None and m.code.system == code.system]
    here = held({mention.code.bare for mention in named}) if named else ()
    sentences = []
    for start, end in split_sentences(passage.text, *passage.body) if named else ():
        of_sentence = {mention.code.bare for mention in named if start <= mention.start < end}
        if of_sentence and of_sentence.isdisjoint(here):
            sentences.append(passage.text[start:end])
    return sentences


NOTHING_TOLD = Told.of((), lambda _: [])


@dataclass(frozen=True, slots=True)
class Unheld:
    """A word of a query that the documents near it do not hold; `weight` by its rarity."""

    word: str
    kind: Kind
    weight: float


class Lexis:
    """What one state of a library and the trade know of words.

    `frequency` tells in how many passages a term occurs.
    """

    def __init__(
        self,
        terms: Callable[[str], list[str]],
        frequency: Callable[[str], int],
        passages: int,
    ) -> None:
        self.terms = terms
        self.frequency = frequency
        self.passages = passages

    def words(self, text: str) -> dict[str, str]:
        """The words of a text that carry a subject, each with the term that it is compared by."""
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
        """Whether some terms hold a word as written, or a misspelt word as it was meant."""
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

    def is_trade(self, word: str, term: str) -> bool:
        """Whether a word belongs to the trade of procedures."""
        return term in trade() or _SUFFIX.search(word.lower()) is not None

    def unheld(self, text: str, held: AbstractSet[str]) -> list[Unheld]:
        """The words of a text that carry a subject and that some terms do not hold."""
        words = self.words(text)
        weights = self.weigh(words.values())
        return [
            Unheld(word, self._kind(word, term), weights[term])
            for word, term in words.items()
            if not self.holds(held, word, term)
        ]

    def unproved(self, claimed: str, text: str) -> float:
        """The share of what is claimed that even the best sentence of a text does not hold, or denies."""
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


class ToldCache:
    """What was told of the subjects asked for last; a subject is told anew when the library has changed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, object], Told] = OrderedDict()

    def get(self, generation: int, subject: object, tell: Callable[[], Told]) -> Told:
        key = (generation, subject)
        told = self._kept.get(key)
        if told is None:
            told = tell()
            self._kept[key] = told
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        return told


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
