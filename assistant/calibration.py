"""Turns evidence into a probability, and decides between answer and refusal: the one gate of the whole system."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.codes import Code
from assistant.types import Evidence, Hit, Profile, RefusalReason

# The first gate: logistic, fitted on the calibration split of eval/starter. A threshold measured for a stated risk
# replaces `THRESHOLD` once a library has been calibrated.
_BIAS, _SIMILARITY, _NEARNESS, _COVERAGE, _STANDING = -4.97, 3.99, 2.31, 1.99, 0.36
_NARRATIVE = 8
# For a query that names a code the library holds, by whether it asks for a section of its page.
_NAMED_BIAS, _NAMED_COVERAGE, _ASKED_BIAS, _ASKED_COVERAGE = -3.0, 7.6, 0.5, 4.2
THRESHOLD = 0.6
_NOWHERE_NEAR = 0.25

# Words that carry no subject, so that a document holding them supports nothing.
_STOPWORDS = frozenset(
    "a about above after again all already also am an and any are as at be because been before being below between "
    "bill billed billing both but by can code coded codes coding could cpt did do does doing done down during each "
    "ever explain few for from further get gets give given go goes going got had has have having hcpcs he her here "
    "hers him his how i icd if in into is it its itself just like made make many may me might more most much must my "
    "need needs no nor not of off often on once one only or other our out over own please report reported reporting "
    "same say says she should since so some still such take tell than that the their them then there these they this "
    "those through to too under until up us use used using very want was way we were what when where whether which "
    "while who whom whose why will with word words would yes you your".split()
)


@dataclass(frozen=True, slots=True)
class Support:
    """How far the documents support a query that describes something.

    `similarity` is the best cosine, `nearness` the mean of the five best; `coverage` the share of the query's content
    words, weighed by rarity, that the leading code's passages (or the best narrative ones) hold: a word the library has
    never seen counts in full; `standing` how far the leading code stands out among the candidates (its score).
    """

    similarity: float
    nearness: float
    coverage: float
    standing: float

    @property
    def confidence(self) -> float:
        """Probability that the documents answer the query."""
        return _logistic(
            _BIAS
            + _SIMILARITY * self.similarity
            + _NEARNESS * self.nearness
            + _COVERAGE * self.coverage
            + _STANDING * self.standing
        )


def named_confidence(coverage: float, *, asks_section: bool) -> float:
    """Probability that the documents of a named code answer a query about it, by the share of its words they hold."""
    if asks_section:
        return _logistic(_ASKED_BIAS + _ASKED_COVERAGE * coverage)
    return _logistic(_NAMED_BIAS + _NAMED_COVERAGE * coverage)


def refusal(confidence: float) -> RefusalReason | None:
    """The gate: why a query of this confidence is refused, or None where it is answered."""
    if confidence >= THRESHOLD:
        return None
    return RefusalReason.OUT_OF_CORPUS if confidence < _NOWHERE_NEAR else RefusalReason.NOT_ENOUGH_EVIDENCE


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))


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
    weight: Mapping[str, float],
    hits: Sequence[Hit],
    evidence: Sequence[Evidence],
    profiles: Mapping[Code, Profile],
    terms: Callable[[str], list[str]],
) -> Support:
    """Support for a described query: by its hits, and by all that the documents say of the leading code."""
    leading = profiles.get(evidence[0].code) if evidence else None
    narrative = [hit.passage for hit in hits[:_NARRATIVE] if hit.passage.code is None][:3]
    told = {term for passage in narrative for term in terms(passage.indexed_text)}
    similarities = sorted((hit.similarity for hit in hits), reverse=True)[:5] or [0.0]
    return Support(
        similarity=similarities[0],
        nearness=math.fsum(similarities) / len(similarities),
        coverage=max(covered(weight, set(leading.counts) if leading else set()), covered(weight, told)),
        standing=evidence[0].score if evidence else 0.0,
    )


def covered(weight: Mapping[str, float], held: set[str]) -> float:
    """The share of the terms' weight that is held; 1 where there is no term."""
    total = math.fsum(weight.values())
    return math.fsum(value for term, value in weight.items() if term in held) / total if total else 1.0


def share_confidence(evidence: Sequence[Evidence], confidence: float) -> list[float]:
    """Each candidate's part of the answer's confidence: a softmax of the scores, as they were fitted."""
    if not evidence:
        return []
    best = max(item.score for item in evidence)
    parts = [math.exp(item.score - best) for item in evidence]
    total = math.fsum(parts)
    return [confidence * part / total for part in parts]
