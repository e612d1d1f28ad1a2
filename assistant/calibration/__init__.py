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
from assistant.calibration.choosing import MOST_CHOSEN, least_share, shares_of, size_of_choice
from assistant.calibration.gate import DEFAULT_THRESHOLD, refusal
from assistant.calibration.model import choice_model, confidence, fair_confidence, kind_of, model_digest
from assistant.calibration.reasons import why_unsupported
from assistant.calibration.support import Numbers, Support, measure_support
from assistant.language.lexis import Lexis
from assistant.language.words import content_terms, covered, rarity

__all__ = [
    "DEFAULT_THRESHOLD",
    "MOST_CHOSEN",
    "Certificate",
    "Chosen",
    "Circumstances",
    "Judged",
    "Lexis",
    "Numbers",
    "Rule",
    "Support",
    "certificate_body",
    "choice_model",
    "choose_threshold",
    "confidence",
    "content_terms",
    "covered",
    "fair_confidence",
    "kind_of",
    "least_share",
    "measure_support",
    "model_digest",
    "rarity",
    "read_certificate",
    "refusal",
    "rule_in_force",
    "shares_of",
    "size_of_choice",
    "why_unsupported",
    "why_void",
    "written",
]
