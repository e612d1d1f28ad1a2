"""Measures how far the documents support an answer: what the reader judged, and few other numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

# A logit beyond this tells no more; it is also that of a title or statement that is not there.
_FURTHEST = 8.0


@dataclass(frozen=True, slots=True)
class Support:
    """Support for an answer. Each number speaks for it as it grows, but those of `FALLING`, which speak against it.

    Logits lie in [-8, 8], shares and probabilities in [0, 1], cosines in [-1, 1]. `named` tells whether the query names
    a code that the library holds: such queries have weights of their own.
    """

    named: bool
    best: float  # logit of the statement that answers best
    following: float  # mean logit of the two after it
    titled: float  # logit of the leading code's title
    titled_wanted: float  # the same, times the probability that a code is wanted
    best_wanted: float  # logit of the best statement, times the probability that no code is wanted
    shown: float  # share of the codes shown first, the choice or the leading one, among all near the query
    shown_wanted: float  # the same, times the probability that a code is wanted
    similarity: float  # best cosine of any passage
    relief: float  # best cosine less that of the fortieth passage: does anything stand out at all
    agreement: float  # whether both searches put one and the same code, or prose, first
    covered: float  # share of the query's words that the leading documents hold
    missing: float  # the same of words of which no document holds any form
    heaviest: float  # the heaviest of them


FALLING = frozenset({"missing", "heaviest"})
NAMES = tuple(field.name for field in fields(Support) if field.name != "named")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What support is measured by.

    Whether the query names a code; logits of statements, best first; that of the leading title, or None; the share of
    the codes that are shown first; the probability that a code is wanted; and what retrieval and the words tell.
    """

    named: bool
    statements: Sequence[float]
    title: float | None
    shown: float
    code_wanted: float
    similarity: float
    relief: float
    agreement: bool
    covered: float
    missing: Sequence[float]


def measure_support(numbers: Numbers) -> Support:
    """The support that these numbers give."""
    logits = [_within(logit) for logit in numbers.statements[:3]] or [-_FURTHEST]
    titled = -_FURTHEST if numbers.title is None else _within(numbers.title)
    # Where there is no other statement, the first is all that can be said.
    following = logits[1:] or logits
    return Support(
        named=numbers.named,
        best=logits[0],
        following=math.fsum(following) / len(following),
        titled=titled,
        titled_wanted=numbers.code_wanted * titled,
        best_wanted=(1 - numbers.code_wanted) * logits[0],
        shown=numbers.shown,
        shown_wanted=numbers.code_wanted * numbers.shown,
        similarity=numbers.similarity,
        relief=numbers.relief,
        agreement=float(numbers.agreement),
        covered=numbers.covered,
        missing=math.fsum(numbers.missing),
        heaviest=max(numbers.missing, default=0.0),
    )


def _within(logit: float) -> float:
    return max(-_FURTHEST, min(_FURTHEST, logit))
