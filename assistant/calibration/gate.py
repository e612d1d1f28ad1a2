"""The gate: it answers or refuses a query by its confidence."""

from assistant.types import RefusalReason

# For a library without a certificate; a threshold measured for a stated risk takes its place.
DEFAULT_THRESHOLD = 0.6
_NOWHERE_NEAR = 0.25


def refusal(confidence: float, threshold: float = DEFAULT_THRESHOLD) -> RefusalReason | None:
    """Why a query of this confidence is refused, or None where it is answered."""
    if confidence >= threshold:
        return None
    return RefusalReason.OUT_OF_CORPUS if confidence < _NOWHERE_NEAR else RefusalReason.NOT_ENOUGH_EVIDENCE
