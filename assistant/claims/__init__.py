"""What the user's own documents say of a set of codes: findings, each cited."""

from assistant.claims.check import check, checked_candidates, edits_of
from assistant.claims.claim import as_claim, read_claim, read_diagnosis, read_line

__all__ = ["as_claim", "check", "checked_candidates", "edits_of", "read_claim", "read_diagnosis", "read_line"]
