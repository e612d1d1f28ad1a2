"""Finds the refusal threshold that keeps a stated risk, by learn-then-test, and makes the certificate that says so.

Risk is the share of the given answers that are wrong (selective risk). An answer is wrong if the library cannot answer
the query, or if nothing relevant is among the candidates shown and the passages quoted. The thresholds are tested from
strict to loose, in an order fixed by the confidences alone. Each null hypothesis "the risk here is above the stated
one" has an exact binomial p-value, given the number of answers there; the first that is not rejected ends the search
(fixed-sequence testing, Angelopoulos et al., "Learn then test", 2021). With probability `level` over the draw of the
queries, the risk at the chosen threshold is then at most the stated one. This holds for queries of the kind measured,
and for a gate that was not fitted on them: the weights of the cross-validation judge the queries that the shipped gate
was fitted on. The bound shown is Clopper and Pearson's.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from assistant.calibration.gate import DEFAULT_THRESHOLD

# The search begins at a threshold that answers this share of the answerable queries: enough to count.
_FIRST_SHARE = 0.3
_STEP_SHARE = 0.01
# The share of the library that may come and go before a certificate is void.
CHANGE_ALLOWED = 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """One calibration query: the confidence of what would be answered, and whether that is right."""

    confidence: float
    right: bool
    answerable: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """The measurement: at `threshold`, `wrong` of `answered` are wrong, and at `level` the rate is at most `bound`.

    `coverage` is the share of the answerable queries that are answered. `met` tells whether any threshold kept the
    risk; if none did, `threshold` is the one of the lowest bound, and nothing is promised. `left_out` counts the
    questions that could not be judged. `guard` is the threshold that keeps answers to questions that the documents do
    not answer to `guard_risk` of all answers, where the risk itself is not kept; 0 where none does that either.
    """

    risk: float
    level: float
    threshold: float
    set: str
    queries: int
    answered: int
    wrong: int
    bound: float
    coverage: float
    met: bool
    generation: int
    passages: int
    embedding_model: str
    fingerprint: str
    settings: str
    made: str
    left_out: int = 0
    guard: float = 0.0
    guard_risk: float = 0.0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The circumstances that a certificate holds for: the library's state, and a digest of settings and weights.

    `passages` counts all passages, `added` those of documents that came after the certificate's generation.
    """

    generation: int
    passages: int
    added: int
    fingerprint: str
    settings: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The threshold in force, the certificate behind it (if any), whether that is valid, and a sentence about it."""

    threshold: float
    certificate: Certificate | None
    valid: bool
    message: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The chosen threshold and what was measured there."""

    threshold: float
    answered: int
    wrong: int
    bound: float
    coverage: float
    met: bool


def binomial_tail(wrong: int, answered: int, rate: float) -> float:
    """P(at most `wrong` of `answered`) where each is wrong with probability `rate`."""
    if rate <= 0.0 or wrong >= answered:
        return 1.0
    if rate >= 1.0:
        return 0.0
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    whole = math.lgamma(answered + 1)
    return min(
        1.0,
        math.fsum(
            math.exp(
                whole - math.lgamma(k + 1) - math.lgamma(answered - k + 1) + k * log_rate + (answered - k) * log_rest
            )
            for k in range(wrong + 1)
        ),
    )


def upper_bound(wrong: int, answered: int, level: float) -> float:
    """Clopper and Pearson's one-sided upper bound of a rate: the largest rate that the count does not rule out."""
    if answered == 0 or wrong >= answered:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if binomial_tail(wrong, answered, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def choose_threshold(judged: Sequence[Judged], risk: float, level: float) -> Chosen:
    """The loosest threshold that keeps the risk at the level; if none does, the one with the lowest bound.

    It lies halfway between the last confidence that is answered and the first that is not: a small library has wide
    gaps there, and every threshold in one answers the same queries.
    """
    ordered = sorted(judged, key=lambda item: -item.confidence)
    answerable = sum(item.answerable for item in ordered)
    wrong_among = [0]
    for item in ordered:
        wrong_among.append(wrong_among[-1] + (not item.right))
    best: Chosen | None = None
    nearest: Chosen | None = None
    for count in _counts([item.confidence for item in ordered], answerable, risk, level):
        wrong = wrong_among[count]
        coverage = sum(item.answerable for item in ordered[:count]) / answerable if answerable else 0.0
        bound = upper_bound(wrong, count, level)
        met = binomial_tail(wrong, count, risk) <= 1 - level
        last = ordered[count - 1].confidence
        below = ordered[count].confidence if count < len(ordered) else last
        found = Chosen((last + below) / 2, count, wrong, bound, coverage, met)
        if nearest is None or bound < nearest.bound:
            nearest = found
        if not met:
            break
        best = found
    if best is not None:
        return best
    return nearest or Chosen(1.0, 0, 0, 1.0, 0.0, False)


def _counts(confidences: Sequence[float], answerable: int, risk: float, level: float) -> list[int]:
    """The number of answers at each threshold to test, fewest first; queries of equal confidence stay together.

    Numbers too small to pass even without a wrong answer are not tried.
    """
    total = len(confidences)
    if not total:
        return []
    counts: list[int] = []
    step = max(1, round(_STEP_SHARE * total))
    fewest = math.ceil(math.log(1 - level) / math.log1p(-risk))
    for wanted in range(min(total, max(1, fewest, round(_FIRST_SHARE * answerable))), total + 1, step):
        count = wanted
        while count < total and confidences[count] == confidences[count - 1]:
            count += 1
        if not counts or count > counts[-1]:
            counts.append(count)
    return counts


def rule_in_force(certificates: Sequence[Certificate], now: Sequence[Circumstances]) -> Rule:
    """The rule that the kept certificates give (best first), each beside its circumstances as they are now.

    The first valid one that met its risk decides, never below the threshold of a better one that is void. If none is
    valid, the strictest threshold among theirs and the default holds; of one that did not meet its risk, its guard.
    """
    if not certificates:
        message = "No certificate: the library has not been calibrated, and the default threshold is used."
        return Rule(DEFAULT_THRESHOLD, None, False, message)
    reasons = [why_void(certificate, state) for certificate, state in zip(certificates, now, strict=True)]
    for at, (certificate, reason) in enumerate(zip(certificates, reasons, strict=True)):
        if reason is None and certificate.met:
            stricter = [other.threshold for other in certificates[:at] if other.met]
            return Rule(max(certificate.threshold, *stricter, 0.0), certificate, True, _promise(certificate))
    first = certificates[0]
    threshold = max([DEFAULT_THRESHOLD, *(item.threshold if item.met else item.guard for item in certificates)])
    if reasons[0] is not None:
        message = (
            f"The certificate is void: {reasons[0]}; the stricter of its threshold and the default is used until the "
            "library is calibrated again."
        )
    else:
        message = (
            f"No threshold keeps wrong answers to {first.risk:.0%} on the {_source(first)}; the lowest bound is "
            f"{first.bound:.1%}, and {_guarded(first)}."
        )
    return Rule(threshold, first, False, message)


def why_void(certificate: Certificate, now: Circumstances) -> str | None:
    """Why a certificate no longer holds, or None."""
    if certificate.fingerprint != now.fingerprint:
        return "the embedding model is another"
    if certificate.settings != now.settings:
        return "the settings or the gate have changed"
    removed = max(0, certificate.passages + now.added - now.passages)
    if now.added + removed > CHANGE_ALLOWED * certificate.passages:
        return f"{now.added + removed:,} passages have come or gone since"
    return None


def _source(certificate: Certificate) -> str:
    if certificate.set == "self":
        left_out = f" ({certificate.left_out:,} more could not be judged)" if certificate.left_out else ""
        return f"{certificate.queries:,} questions taken from the documents themselves{left_out}"
    return f"{certificate.queries:,} queries of the set {certificate.set}"


def _guarded(certificate: Certificate) -> str:
    if not certificate.guard:
        return "the default threshold is used without a promise"
    return (
        "the threshold that is used promises only that at most "
        f"{certificate.guard_risk:.0%} of the answers are to questions that the documents do not answer"
    )


def _promise(certificate: Certificate) -> str:
    return (
        f"At most {certificate.risk:.0%} of the answers are wrong, with {certificate.level:.0%} confidence: "
        f"{certificate.wrong} of {certificate.answered} were on the {_source(certificate)}, "
        f"{certificate.coverage:.0%} of the answerable ones being answered."
    )


def certificate_body(rule: Rule) -> dict[str, object] | None:
    """The certificate as other programs see it; None before the first."""
    certificate = rule.certificate
    if certificate is None:
        return None
    return {
        "risk": certificate.risk,
        "level": certificate.level,
        "threshold": round(certificate.threshold, 4),
        "set": certificate.set,
        "queries": certificate.queries,
        "answered": certificate.answered,
        "wrong": certificate.wrong,
        "bound": round(certificate.bound, 4),
        "coverage": round(certificate.coverage, 4),
        "generation": certificate.generation,
        "embedding_model": certificate.embedding_model,
        "made": certificate.made,
        "met": certificate.met,
        "valid": rule.valid,
        "in_force": round(rule.threshold, 4),
        "message": rule.message,
    }


def written(certificate: Certificate) -> str:
    """A certificate as it is kept."""
    return json.dumps(asdict(certificate), sort_keys=True)


def read_certificate(kept: str | None) -> Certificate | None:
    """The certificate in a kept value; None if it is missing or has another version's fields."""
    if kept is None:
        return None
    try:
        loaded = json.loads(kept)
        # Certificates of earlier versions left nothing out, or were not made, and had no guard.
        held = {"left_out": 0, "guard": 0.0, "guard_risk": 0.0} | loaded
        return Certificate(**{field.name: held[field.name] for field in fields(Certificate)})
    except (ValueError, KeyError, TypeError):
        return None
