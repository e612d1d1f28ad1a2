"""Turns evidence into a probability, and decides between answer and refusal: the one gate of the whole system."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.types import Evidence, Hit, RefusalReason

# The first gate: logistic in the two signals of `Support`; a measured threshold replaces it where one was fitted.
_BIAS, _SIMILARITY, _COVERAGE = -8.6, 10.0, 5.0
_NAMED_BIAS, _NAMED_COVERAGE = -3.0, 7.6
THRESHOLD = 0.5

# Words that carry no subject, so that a document holding them supports nothing.
_STOPWORDS = frozenset(
    "a about above after again all also am an and any are as at be because been before being below between both but by "
    "can could did do does doing done down during each few for from further get gets give given go goes going got had "
    "has have having he her here hers him his how i if in into is it its itself just like made make may me might more "
    "most must my need needs no nor not of off on once one only or other our out over own please same say says she "
    "should so some such take tell than that the their them then there these they this those through to too under "
    "until up us use used using very want was way we were what when where which while who whom whose why will with "
    "would yes you your code codes coded coding cpt hcpcs icd report reported reporting bill billed billing".split()
)


@dataclass(frozen=True, slots=True)
class Support:
    """How far the documents support a query.

    `similarity` is the best cosine; `coverage` the share of the query's content words, weighed by rarity, that the best
    passages hold: a word the library has never seen counts in full. `named` is set where the query names a code.
    """

    similarity: float
    coverage: float
    named: bool = False

    @property
    def confidence(self) -> float:
        """Probability that the documents answer the query."""
        if self.named:
            logit = _NAMED_BIAS + _NAMED_COVERAGE * self.coverage
        else:
            logit = math.fsum((_BIAS, _SIMILARITY * self.similarity, _COVERAGE * self.coverage))
        return 1.0 / (1.0 + math.exp(-logit))

    @property
    def refusal(self) -> RefusalReason | None:
        """Why the query is refused, or None where it is answered."""
        if self.confidence >= THRESHOLD:
            return None
        near = self.named or self.coverage > 0.5 or self.similarity > 0.5
        return RefusalReason.NOT_ENOUGH_EVIDENCE if near else RefusalReason.OUT_OF_CORPUS


def content_terms(text: str, terms: Callable[[str], list[str]]) -> list[str]:
    """The distinct terms of a text that carry a subject, in order."""
    found: dict[str, None] = {}
    for word in text.split():
        bare = word.strip(".,;:!?()[]\"'").lower()
        if bare and bare not in _STOPWORDS:
            found.update(dict.fromkeys(term for term in terms(bare) if term not in _STOPWORDS and len(term) > 1))
    return list(found)


def rarity(wanted: Sequence[str], frequency: Callable[[str], int], passages: int) -> dict[str, float]:
    """What each term weighs: more, the fewer passages hold it."""
    return {term: math.log(1.0 + passages / (1.0 + frequency(term))) for term in wanted}


def measure_support(
    weight: Mapping[str, float], hits: Sequence[Hit], evidence: Sequence[Evidence], terms: Callable[[str], list[str]]
) -> Support:
    """Support for a described query by its best hits: those of the leading code and the first five."""
    near = [*(evidence[0].hits[:4] if evidence else ()), *hits[:5]]
    held: set[str] = set()
    for hit in near:
        held.update(terms(hit.passage.context), terms(hit.passage.body_text))
    return Support(max((hit.similarity for hit in hits), default=0.0), covered(weight, held))


def covered(weight: Mapping[str, float], held: set[str]) -> float:
    """The share of the terms' weight that is held; 1 where there is no term."""
    total = math.fsum(weight.values())
    return math.fsum(value for term, value in weight.items() if term in held) / total if total else 1.0


def share_confidence(evidence: Sequence[Evidence], confidence: float) -> list[float]:
    """Each candidate's part of the answer's confidence: a softmax of the scores relative to the best."""
    if not evidence:
        return []
    best = evidence[0].score or 1.0
    parts = [math.exp(6.0 * (item.score / best - 1.0)) for item in evidence]
    total = math.fsum(parts)
    return [confidence * part / total for part in parts]
