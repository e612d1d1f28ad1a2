"""Finds the words of a query that say what was not done: a code with such words in its title is less likely meant.

The idea is NegEx's (Chapman et al. 2001): a cue denies what follows it, until the clause ends or turns.
"""

import re
from collections.abc import Callable

# A cue denies what follows it, to the end of the clause; one of `TURNS` ends that earlier. Each has a test.
CUES = (
    "no", "not", "nothing", "never", "none", "neither", "nor", "without", "w/o", "free of", "absence of", "instead of",
    "rather than", "cannot", "didn't", "wasn't", "isn't", "weren't", "doesn't",
)  # fmt: skip
TURNS = ("but", "and then", "only", "just", "then", "however", "yet")

_DENIED = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, CUES))})(?!\w)([^.;,:()]*)", re.IGNORECASE)
_TURN = re.compile(rf"(?<!\w)(?:{'|'.join(TURNS)})(?!\w)", re.IGNORECASE)


def denied_terms(text: str, terms: Callable[[str], list[str]]) -> frozenset[str]:
    """The terms that a text denies and does not also affirm."""
    kept, denied = _parted(text)
    return frozenset(terms(denied)) - frozenset(terms(kept)) if denied else frozenset()


def _parted(text: str) -> tuple[str, str]:
    """What a text affirms, and what it denies."""
    kept: list[str] = []
    denied: list[str] = []
    position = 0
    for match in _DENIED.finditer(text):
        turn = _TURN.search(text, match.start(1), match.end())
        end = turn.start() if turn else match.end()
        kept.append(text[position : match.start()])
        denied.append(text[match.start(1) : end])
        position = end
    kept.append(text[position:])
    return " ".join(kept), " ".join(denied)
