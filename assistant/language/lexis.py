"""The words of a library: what each weighs, and which of a query no document holds."""

import re
from collections.abc import Callable, Iterable

from assistant.language.words import carrying, rarity

_WORD = re.compile(r"[^\W\d_][^\W\d_'’-]*(?:['’-][^\W\d_]+)*")
# Two words are forms of one if they agree up to an ending of so many letters, and in so many at least.
_STEM, _ENDING = 5, 3


class Lexis:
    """The words that one state of a library knows.

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

    def is_unknown(self, word: str) -> bool:
        """Whether no document holds any form of a word: neither its term nor one that begins as it does."""
        for term in self.terms(word):
            stem = term[: max(_STEM, len(term) - _ENDING)]
            if self.frequency(term) or self.prefixed(stem):
                return False
        return True
