"""Finds the acts and the findings that a text speaks of: "lanced" is drainage, "pus" is an abscess.

Act and finding tell procedures apart when their other words agree: plating a broken wrist and setting it are two
procedures of one wrist. The words stand in `assistant/language/acts.tsv` and come from general knowledge.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

Kind = Literal["act", "finding"]
Spoken = tuple[Kind, str]

_WORD = re.compile(r"[a-z][a-z0-9&'’-]*")
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class _Words:
    """The acts and findings behind whole words, beginnings, endings and phrases; a phrase is kept by its first word."""

    whole: dict[str, set[Spoken]]
    beginnings: dict[str, set[Spoken]]
    endings: dict[str, set[Spoken]]
    phrases: dict[str, list[tuple[re.Pattern[str], Spoken]]]


def spoken_of(text: str, kind: Kind) -> frozenset[str]:
    """The names of the acts, or of the findings, that a text speaks of."""
    text = text.lower()
    found: set[Spoken] = set()
    phrases = _words().phrases
    for word in set(_WORD.findall(text)):
        found |= _of_word(word)
        found.update(spoken for phrase, spoken in phrases.get(word, ()) if phrase.search(text))
    return frozenset(name for of_kind, name in found if of_kind == kind)


@lru_cache(maxsize=16_384)
def _of_word(word: str) -> frozenset[Spoken]:
    words = _words()
    found: set[Spoken] = set()
    for part in {word, *word.split("-")}:
        found |= words.whole.get(part, set())
        for cut in range(_SHORTEST, len(part) + 1):
            found |= words.beginnings.get(part[:cut], set())
            found |= words.endings.get(part[-cut:], set())
    return frozenset(found)


@lru_cache(maxsize=1)
def _words() -> _Words:
    words = _Words({}, {}, {}, {})
    for kind, name, said in _rows():
        spoken = (kind, name)
        if " " in said:
            pattern = re.escape(said.removesuffix("*")) + ("" if said.endswith("*") else r"\b")
            words.phrases.setdefault(said.split()[0], []).append((re.compile(rf"\b{pattern}"), spoken))
        elif said.endswith("*"):
            words.beginnings.setdefault(said[:-1], set()).add(spoken)
        elif said.startswith("*"):
            words.endings.setdefault(said[1:], set()).add(spoken)
        else:
            words.whole.setdefault(said, set()).add(spoken)
    return words


def _rows() -> Iterator[tuple[Kind, str, str]]:
    text = (files("assistant.language") / "acts.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            kind, name, said = line.split("\t")
            for one in said.split(", "):
                yield ("act" if kind == "act" else "finding"), name, one
