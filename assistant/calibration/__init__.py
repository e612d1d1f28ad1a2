"""Turns evidence into a probability and decides between answer and refusal; the whole system has this one gate."""

from assistant.calibration.certificate import (
    Certificate,
    Chosen,
    Circumstances,
    Judged,
    Rule,
    certificate_body,
    choose_threshold,
    read_certificate,
    rule_in_force,
    why_void,
    written,
)
from assistant.calibration.gate import DEFAULT_THRESHOLD, refusal, share_confidence
from assistant.calibration.model import confidence, fair_confidence, model_digest, named_confidence
from assistant.calibration.named import Asked, NamedSupport, measure_named
from assistant.calibration.reasons import why_unsupported
from assistant.calibration.support import Reading, Support, measure_support
from assistant.calibration.told import NOTHING_TOLD, Told, sending_away
from assistant.language.lexis import Lexis
from assistant.language.words import content_terms, covered, rarity

__all__ = [
    "DEFAULT_THRESHOLD",
    "NOTHING_TOLD",
    "Asked",
    "Certificate",
    "Chosen",
    "Circumstances",
    "Judged",
    "Lexis",
    "NamedSupport",
    "Reading",
    "Rule",
    "Support",
    "Told",
    "certificate_body",
    "choose_threshold",
    "confidence",
    "content_terms",
    "covered",
    "fair_confidence",
    "measure_named",
    "measure_support",
    "model_digest",
    "named_confidence",
    "rarity",
    "read_certificate",
    "refusal",
    "rule_in_force",
    "sending_away",
    "share_confidence",
    "why_unsupported",
    "why_void",
    "written",
]
