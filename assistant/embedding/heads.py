"""What a query is after, read off its vector: a linear head that was trained with the shipped encoder."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from assistant.embedding.model import Vectors
from assistant.embedding.shipped import ADAPTED, DEFAULT_MODEL
from assistant.errors import ModelError
from assistant.types import Wants

WANTS = ADAPTED / "wants.npz"


@dataclass(frozen=True, slots=True)
class WantsHead:
    """A softmax over what a query may be after: `weights` (5, dimension) and `bias` (5,), in the order of `Wants`."""

    weights: Vectors
    bias: Vectors

    def __call__(self, vector: Vectors) -> Mapping[Wants, float]:
        """The probability of each; they add up to 1."""
        logits = self.weights @ vector + self.bias
        parts = np.exp(logits - logits.max())
        return dict(zip(Wants, (parts / parts.sum()).tolist(), strict=True))


@lru_cache(maxsize=1)
def _shipped() -> WantsHead:
    try:
        with np.load(WANTS, allow_pickle=False) as held:
            return WantsHead(held["weights"], held["bias"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{WANTS} is damaged; install the package again") from error


def wants_head(model: str) -> WantsHead | None:
    """The head for a model's vectors; None for a model that has none."""
    return _shipped() if model == DEFAULT_MODEL else None
