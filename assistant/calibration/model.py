"""Turns support into a probability, by a monotone logistic whose weights stand in `model.json`.

`scripts/fit-gate` writes the weights; none may point against the meaning of its number. `folds.json` holds the weights
of the cross-validation and, for each query that the gate was fitted on, the fold that left it out. Measuring on these
queries uses the fold's weights (`fair_confidence`), or it would flatter the gate.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.calibration.support import NAMES, Support

KINDS = ("described", "named")


def confidence(support: Support) -> float:
    """Probability that what would be answered is right."""
    return _probability(_model(), support)


def fair_confidence(text: str, support: Support) -> float:
    """The confidence; for a query that the gate was fitted on, by weights that were fitted without it."""
    fold = _folds()["queries"].get(query_digest(text))
    return _probability(_model() if fold is None else _folds()["weights"][fold], support)


def query_digest(text: str) -> str:
    """The digest that stands for a query in `folds.json`."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def kind_of(support: Support) -> str:
    """Which weights judge a support."""
    return KINDS[support.named]


def choice_model() -> tuple[float, float, float]:
    """(sharpness of the shares, least share in a choice, level at which it then held the right code)."""
    found = _model()["choice"]
    return found["sharpness"], found["least"], found["level"]


def _probability(model: Mapping[str, Mapping[str, float]], support: Support) -> float:
    weights = model[kind_of(support)]
    return _logistic(
        math.fsum((weights["bias"], *(weights.get(name, 0.0) * float(getattr(support, name)) for name in NAMES)))
    )


def model_digest() -> str:
    """A digest that differs between two fits of the gate."""
    return hashlib.sha256(json.dumps(_model(), sort_keys=True).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _model() -> dict[str, dict[str, float]]:
    loaded: dict[str, dict[str, float]] = json.loads(Path(__file__).with_name("model.json").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _folds() -> Any:
    return json.loads(Path(__file__).with_name("folds.json").read_text(encoding="utf-8"))


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit)) if logit > -700 else 0.0
