"""The fitted numbers: support to probability, by a monotone logistic whose weights stand in `model.json`.

`scripts/fit-gate` writes them; no weight may point against the meaning of its number.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import astuple
from functools import lru_cache
from pathlib import Path

from assistant.calibration.named import NAMED_NAMES, NamedSupport
from assistant.calibration.support import NAMES, Support


def confidence(support: Support) -> float:
    """Probability that what would be answered is right."""
    return _probability("described", zip(NAMES, astuple(support), strict=True))


def named_confidence(support: NamedSupport) -> float:
    """Probability that the documents of a named code answer a query about it."""
    return _probability("named", zip(NAMED_NAMES, astuple(support), strict=True))


def _probability(kind: str, parts: Iterable[tuple[str, float]]) -> float:
    weights = _model()[kind]
    return _logistic(math.fsum((weights["bias"], *(weights.get(name, 0.0) * value for name, value in parts))))


def model_digest() -> str:
    """What tells one fit of the gate from another."""
    return hashlib.sha256(json.dumps(_model(), sort_keys=True).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _model() -> dict[str, dict[str, float]]:
    loaded: dict[str, dict[str, float]] = json.loads(Path(__file__).with_name("model.json").read_text(encoding="utf-8"))
    return loaded


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit)) if logit > -700 else 0.0
