"""The fitted numbers: support to probability, by a monotone logistic whose weights stand in `model.json`.

`scripts/fit-gate` writes them; no weight may point against the meaning of its number.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from assistant.calibration.named import NamedSupport
from assistant.calibration.support import Support

Weights = Mapping[str, float]


def confidence(support: Support) -> float:
    """Probability that what would be answered is right."""
    weights = _model()["described"]
    return _logistic(
        math.fsum((weights["bias"], *(weights[name] * getattr(support, name) for name in weights if name != "bias")))
    )


def named_confidence(support: NamedSupport) -> float:
    """Probability that the documents of a named code answer a query about it."""
    weights = _model()["named"]
    return _logistic(
        math.fsum((weights["bias"], *(weights[name] * getattr(support, name) for name in weights if name != "bias")))
    )


def model_digest() -> str:
    """What tells one fit of the gate from another."""
    return hashlib.sha256(json.dumps(_model(), sort_keys=True).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _model() -> dict[str, dict[str, float]]:
    loaded: dict[str, dict[str, float]] = json.loads(
        files("assistant.calibration").joinpath("model.json").read_text(encoding="utf-8")
    )
    return loaded


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit)) if logit > -700 else 0.0
