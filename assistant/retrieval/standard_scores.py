"""Standard scores: how many standard deviations a value lies from the mean of those that it is compared with."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def moments(values: Sequence[float]) -> tuple[float, float]:
    """The mean of some values and their standard deviation, 1 where they are equal. In any order they are the same."""
    if len(set(values)) < 2:
        return next(iter(values), 0.0), 1.0
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    return mean, spread or 1.0


def standard_scores(values: Sequence[float]) -> list[float]:
    """The standard score of each value; all 0 where they are equal."""
    mean, spread = moments(values)
    return [(value - mean) / spread for value in values]


def standard_array(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """As `standard_scores`, for values by the ten thousand that stand in a fixed order."""
    wide = values.astype(np.float64)
    if not len(wide) or float(wide.min()) == float(wide.max()):
        return np.zeros_like(wide)
    scores: NDArray[np.float64] = (wide - wide.mean()) / float(wide.std())
    return scores
