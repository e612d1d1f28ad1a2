"""Rewords a query as the documents would: abbreviations written out, misspelt words put right.

Abbreviations that the documents explain come first; lists of those that people write, and of trade names, fill gaps.
Rewording only helps the search and proves nothing: an answer still quotes the documents.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cache
from importlib.resources import files

from rapidfuzz.distance import OSA

from assistant.types import Synonym

_LONGEST = 3
_SENT_TO = 4
_LINKS = frozenset("of the and for with from by in on to or".split())
_WORD = re.compile(r"[^\W\d_]{5,}")


# Phrases as sets of words, with their meanings; each is kept under its longest word, so that a query looks at few.
_Phrases = Mapping[str, Sequence[tuple[frozenset[str], str]]]


@cache
def dictated_abbreviations() -> Mapping[str, str]:
    """Abbreviations of operations, anatomy and devices, as surgeons write them, with what they stand for."""
    table = files("assistant.language").joinpath("abbreviations.tsv").read_text(encoding="utf-8")
    return {term: meaning for term, _, meaning in (line.partition("\t") for line in table.splitlines())}


@cache
def trade_names() -> Mapping[str, str]:
    """Trade names of drugs and supplies, in lower case, with what a fee schedule calls the thing."""
    table = files("assistant.language").joinpath("trade_names.tsv").read_text(encoding="utf-8")
    return {name.lower(): thing for name, _, thing in (line.partition("\t") for line in table.splitlines())}


@cache
def office_talk() -> tuple[tuple[str, str], ...]:
    """(phrase, what a guide calls it) for what billing offices say in everyday words."""
    table = files("assistant.language").joinpath("office_talk.tsv").read_text(encoding="utf-8")
    rows = (line.partition("\t") for line in table.splitlines())
    return tuple((phrase.strip(), meaning) for meaning, _, phrases in rows for phrase in phrases.split(";"))


class Wording:
    """The words that one state of the library knows: the synonyms of its documents, and the terms that they use."""

    def __init__(
        self,
        synonyms: Sequence[Synonym],
        terms: Callable[[str], list[str]],
        frequency: Callable[[str], int],
        with_prefix: Callable[[str], Sequence[str]],
    ) -> None:
        self._terms, self._frequency, self._with_prefix = terms, frequency, with_prefix
        self._meanings: dict[str, str] = {}
        for synonym in synonyms:
            if synonym.exact:
                self._meanings.setdefault(synonym.term, synonym.meaning)
        self._phrases = _by_longest_word(
            (frozenset(terms(synonym.term)) - _LINKS, synonym.meaning) for synonym in synonyms if not synonym.exact
        )
        self._talk = _by_longest_word((frozenset(terms(phrase)), meaning) for phrase, meaning in office_talk())

    def counted_by(self, frequency: Callable[[str], int], with_prefix: Callable[[str], Sequence[str]]) -> "Wording":
        """The same synonyms, where the terms of the documents are counted otherwise."""
        other = copy(self)
        other._frequency, other._with_prefix = frequency, with_prefix
        return other

    def reword(self, text: str) -> str:
        """The text, and behind it: its abbreviations written out, the words of an index, misspelt words put right."""
        added = [*self._written_out(text), *self._sent_to(text), *self._put_right(text)]
        return f"{text} ({'; '.join(added)})" if added else text

    def spell(self, text: str) -> str:
        """As `reword`, without the words that an index sends its readers to."""
        added = [*self._written_out(text), *self._put_right(text)]
        return f"{text} ({'; '.join(added)})" if added else text

    def meaning(self, term: str) -> str | None:
        """What the documents say that a term stands for, exactly as it is written."""
        return self._meanings.get(term)

    def in_guide_words(self, text: str) -> list[str]:
        """The words of a guide for what a text says in the everyday words of a billing office."""
        return list(dict.fromkeys(meaning for _, meaning in self._standing(self._talk, text)))

    def _written_out(self, text: str) -> list[str]:
        words = [word.strip(".,;:!?()[]\"'") for word in text.split()]
        found: dict[str, None] = {}
        at = 0
        while at < len(words):
            for length in range(min(_LONGEST, len(words) - at), 0, -1):
                written = " ".join(words[at : at + length])
                meaning = self._meanings.get(written) or self._dictated(written)
                if meaning is not None:
                    found[meaning] = None
                    at += length - 1
                    break
            at += 1
        return list(found)

    def _dictated(self, written: str) -> str | None:
        """What is meant by an abbreviation (in other capitals only where no document holds such a word) or a trade
        name."""
        known = dictated_abbreviations()
        meaning = known.get(written)
        if meaning is None and len(written) > 2:
            meaning = known.get(written.upper())
            if meaning is not None and any(self._frequency(term) for term in self._terms(written)):
                return None
        return meaning or trade_names().get(written.lower())

    def _sent_to(self, text: str) -> list[str]:
        """Where an index sends the reader of these words: the longest of the entries whose words all occur."""
        if not self._phrases:
            return []
        found = [(-sum(map(len, phrase)), meaning) for phrase, meaning in self._standing(self._phrases, text)]
        return list(dict.fromkeys(meaning for _, meaning in sorted(found)))[:_SENT_TO]

    def _standing(self, phrases: _Phrases, text: str) -> list[tuple[frozenset[str], str]]:
        """The phrases whose words all stand in a text, in any order."""
        words = set(self._terms(text))
        return [one for word in sorted(words) for one in phrases.get(word, ()) if one[0] <= words]

    def _put_right(self, text: str) -> list[str]:
        """For each word that no document holds, the nearest term with the same first letter, if it is near enough.

        One edit (a letter more, less, other, or two swapped) is forgiven in a short word, two in a longer one.
        """
        found = []
        for word in dict.fromkeys(_WORD.findall(text)):
            for term in self._terms(word):
                if self._frequency(term):
                    continue
                allowed = 1 if len(term) < 6 else 2
                near = [
                    (distance, -self._frequency(other), other)
                    for other in self._with_prefix(term[0])
                    if abs(len(other) - len(term)) <= allowed
                    and (distance := OSA.distance(term, other, score_cutoff=allowed)) <= allowed
                ]
                if near:
                    found.append(self._written(min(near)[2]))
        return found

    def _written(self, term: str) -> str:
        """A word that is cut to a term: "excis" itself would be cut again, "excise" is not."""
        return term if self._terms(term) == [term] else f"{term}e"


def _by_longest_word(phrases: Iterable[tuple[frozenset[str], str]]) -> _Phrases:
    waiting: dict[str, list[tuple[frozenset[str], str]]] = {}
    for words, meaning in phrases:
        if words:
            waiting.setdefault(max(words, key=lambda word: (len(word), word)), []).append((words, meaning))
    return waiting
