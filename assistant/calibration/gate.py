"""The gate: it answers or refuses a query by its confidence, and gives each candidate a part of that confidence."""

import math
from collections.abc import Sequence

from assistant.types import Evidence, RefusalReason

# For a library without a certificate; a threshold measured for a stated risk takes its place.
DEFAULT_THRESHOLD = 0.6
_NOWHERE_NEAR = 0.25


def refusal(confidence: float, threshold: float = DEFAULT_THRESHOLD) -> RefusalReason | None:
    """Why a query of this confidence is refused, or None where it is answered."""
    if confidence >= threshold:
        return None
    return RefusalReason.OUT_OF_CORPUS if confidence < _NOWHERE_NEAR else RefusalReason.NOT_ENOUGH_EVIDENCE


def share_confidence(evidence: Sequence[Evidence], confidence: float) -> list[float]:
    """Each candidate's part of the answer's confidence: a softmax of the scores, as they were fitted."""
    if not evidence:
        return []
    best = max(item.score for item in evidence)
    parts = [math.exp(item.score - best) for item in evidence]
    total = math.fsum(parts)
    return [confidence * part / total for part in parts]
