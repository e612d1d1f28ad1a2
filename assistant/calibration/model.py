"""The fitted numbers: support to probability, by a monotone logistic whose weights stand in `model.json`.

`scripts/fit-gate` writes them; no weight may point against the meaning of its number. `folds.json` holds the weights of
its cross-validation, and which of them were fitted without a query: a measure on the queries that the gate was fitted
on takes those (`fair_confidence`), or it would flatter the gate.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.calibration.named import NAMED_NAMES, NamedSupport
from assistant.calibration.support import NAMES, Support


def confidence(support: Support) -> float:
    """Probability that what would be answered is right."""
    return _probability(_model()["described"], zip(NAMES, astuple(support), strict=True))


def named_confidence(support: NamedSupport) -> float:
    """Probability that the documents of a named code answer a query about it."""
    return _probability(_model()["named"], zip(NAMED_NAMES, astuple(support), strict=True))


def fair_confidence(text: str, support: Support | NamedSupport) -> float:
    """The confidence by weights that were fitted without this query, where the gate was fitted on it."""
    fold = _folds()["queries"].get(query_digest(text))
    weights = _model() if fold is None else _folds()["weights"][fold]
    if isinstance(support, NamedSupport):
        return _probability(weights["named"], zip(NAMED_NAMES, astuple(support), strict=True))
    return _probability(weights["described"], zip(NAMES, astuple(support), strict=True))


def query_digest(text: str) -> str:
    """What tells one query from another in `folds.json`."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def _probability(weights: Mapping[str, float], parts: Iterable[tuple[str, float]]) -> float:
    return _logistic(math.fsum((weights["bias"], *(weights.get(name, 0.0) * value for name, value in parts))))


def model_digest() -> str:
    """What tells one fit of the gate from another."""
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
