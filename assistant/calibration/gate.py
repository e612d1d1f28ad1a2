"""The gate: whether a query of some confidence is answered, and what each candidate's part of that confidence is."""

import math
from collections.abc import Sequence

from assistant.types import Evidence, RefusalReason

# Where a library has no certificate. A threshold measured for a stated risk takes its place.
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
