"""Tells which words of a query carry a subject, and how much each weighs."""

import math
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

# Words that carry no subject: a document that holds them supports nothing.
STOPWORDS = frozenset(
    "a about above after again all already also am an and any are as at be because been before being below between "
    "bill billed billing both but by can code coded codes coding could cpt did do does doing done down during each "
    "ever explain few for from further get gets give given go goes going got had has have having hcpcs he her here "
    "hers him his how i icd if in into is it its itself just like made make many may me mean meaning means might more "
    "most much must my need needs no nor not of off often on once one only or other our out over own please report "
    "reported reporting same say says she should since so some stand stands still such take tell than that the their "
    "them then there these they this those through to too under until up us use used using very want was way we were "
    "what when where whether which while who whom whose why will with word words would yes you your".split()
)


def content_terms(text: str, terms: Callable[[str], list[str]]) -> list[str]:
    """The distinct terms of a text that carry a subject, in order."""
    found: dict[str, None] = {}
    for word in text.split():
        found.update(dict.fromkeys(carrying(word, terms)))
    return list(found)


def carrying(word: str, terms: Callable[[str], list[str]]) -> list[str]:
    """The terms of one word that carry a subject; none for a word that carries none."""
    bare = word.strip(".,;:!?()[]\"'").lower()
    if not bare or bare in STOPWORDS:
        return []
    return [term for term in terms(bare) if term not in STOPWORDS and len(term) > 1]


def rarity(wanted: Sequence[str], frequency: Callable[[str], int], passages: int) -> dict[str, float]:
    """The weight of each term: the fewer passages hold it, the more it weighs."""
    return {term: math.log(1.0 + passages / (1.0 + frequency(term))) for term in wanted}


def covered(weight: Mapping[str, float], held: AbstractSet[str]) -> float:
    """The share of the terms' weight that is held; 1 where there is no term."""
    total = math.fsum(weight.values())
    return math.fsum(value for term, value in weight.items() if term in held) / total if total else 1.0
