"""Turns evidence into a probability, and decides between answer and refusal."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.types import Evidence, Hit

# The first gate: a logistic fit over the two signals below; `THRESHOLD` is the least confidence that is answered.
_BIAS, _SIMILARITY, _COVERAGE = -8.6, 10.0, 5.0
THRESHOLD = 0.5

# Words that carry no subject, so that a document holding them supports nothing.
_STOPWORDS = frozenset(
    "a about above after again all also am an and any are as at be because been before being below between both but by "
    "can could did do does doing done down during each few for from further get gets give given go goes going got had "
    "has have having he her here hers him his how i if in into is it its itself just like made make may me might more "
    "most must my need no nor not of off on once one only or other our out over own please same say says she should so "
    "some such take tell than that the their them then there these they this those through to too under until up us "
    "use used using very want was way we were what when where which while who whom whose why will with would yes you "
    "your code codes cpt hcpcs icd".split()
)


@dataclass(frozen=True, slots=True)
class Support:
    """How far the documents support a query. `similarity` is the best cosine; `coverage` the share of its words held.

    Coverage weighs each content word of the query by its rarity; a word the library has never seen counts in full.
    """

    similarity: float
    coverage: float

    @property
    def confidence(self) -> float:
        """Probability that the documents answer the query."""
        logit = math.fsum((_BIAS, _SIMILARITY * self.similarity, _COVERAGE * self.coverage))
        return 1.0 / (1.0 + math.exp(-logit))


def content_terms(text: str, terms: Callable[[str], list[str]]) -> list[str]:
    """The distinct terms of a text that carry a subject, in order."""
    found: dict[str, None] = {}
    for word in text.split():
        bare = word.strip(".,;:!?()[]\"'").lower()
        if bare and bare not in _STOPWORDS:
            found.update(dict.fromkeys(term for term in terms(bare) if term not in _STOPWORDS and len(term) > 1))
    return list(found)


def measure_support(
    query: str,
    hits: Sequence[Hit],
    evidence: Sequence[Evidence],
    terms: Callable[[str], list[str]],
    frequency: Callable[[str], int],
    passages: int,
) -> Support:
    """Support for a query by its best hits: those of the leading code and the first five."""
    wanted = content_terms(query, terms)
    leading = list(evidence[0].hits[:4]) if evidence else []
    near = leading + list(hits[:5])
    held: set[str] = set()
    for hit in near:
        held.update(terms(hit.passage.context), terms(hit.passage.body_text))
    weights = {term: math.log(1.0 + passages / (1.0 + frequency(term))) for term in wanted}
    total = math.fsum(weights.values())
    coverage = math.fsum(weight for term, weight in weights.items() if term in held) / total if total else 0.0
    return Support(max((hit.similarity for hit in hits), default=0.0), coverage)


def share_confidence(evidence: Sequence[Evidence], confidence: float) -> list[float]:
    """Each candidate's part of the answer's confidence: a softmax of the scores relative to the best."""
    if not evidence:
        return []
    best = evidence[0].score or 1.0
    parts = [math.exp(6.0 * (item.score / best - 1.0)) for item in evidence]
    total = math.fsum(parts)
    return [confidence * part / total for part in parts]
