"""Spells out the names of columns, which tables write short: GLOB DAYS, ASST SURG, MP RVU."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from assistant.language.words import STOPWORDS

_WORD = re.compile(r"[^\W_]+(?:/[^\W_]+)?")
_PREFIX = re.compile(r"\b(non|co|pre|post|intra)[ -]+(?=[^\W\d_]{2})", re.IGNORECASE)
_SHORTEST = 3
_VOWELS = set("aeiou")


@cache
def column_abbreviations() -> Mapping[str, str]:
    """Abbreviations in the names of columns, in capitals, with what they stand for."""
    table = files("assistant.language").joinpath("column_abbreviations.tsv").read_text(encoding="utf-8")
    return {term: meaning for term, _, meaning in (line.partition("\t") for line in table.splitlines())}


def spelled(name: str, asked: Sequence[str] = (), meaning: Callable[[str], str | None] | None = None) -> str:
    """The name of a column with its abbreviations written out; the name itself where it has none.

    A word that is cut short, such as "Compl", stands for the word of the query that it begins or whose consonants it
    is, if `asked` has one. `meaning` says what
    documents explain; then comes the shipped table.
    """
    words = [word.lower() for word in asked]

    def meant(found: re.Match[str]) -> str:
        short = found[0].replace("/", "")
        if short.lower() in words:
            return found[0]
        known = (meaning(short) if meaning else None) or column_abbreviations().get(short.upper())
        if known is None and short.lower() not in STOPWORDS:
            known = next((word for word in words if _is_cut(short.lower(), word)), None)
        return known or found[0]

    return _WORD.sub(meant, joined(name))


def joined(text: str) -> str:
    """A text whose "non-facility", "non facility" and "co- surgeon" are one word, as their opposites are."""
    return _PREFIX.sub(r"\1", text)


def words_of(text: str) -> list[str]:
    """The words of a text, those with a slash in them whole."""
    return _WORD.findall(joined(text))


def _is_cut(short: str, word: str) -> bool:
    """Whether a word is cut short: its first letters, or its first and some of its consonants, in order."""
    if len(short) < _SHORTEST or len(word) < len(short) + 2 or not short.isalpha():
        return False
    if word.startswith(short):
        return True
    letters = iter(word)
    return short[0] == word[0] and not _VOWELS & set(short[1:]) and all(letter in letters for letter in short)
