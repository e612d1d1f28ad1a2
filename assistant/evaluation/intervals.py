"""Tells how far chance may move a figure: by resampling, exact bounds of shares, and a paired test of differences."""

from collections.abc import Sequence

import numpy as np

from assistant.calibration.certificate import upper_bound

LEVEL = 0.95
_RESAMPLES = 2_000
_FLIPS = 10_000

Interval = tuple[float, float]


def bootstrap(values: Sequence[float], seed: int = 0) -> Interval:
    """The percentile bootstrap interval of a mean (Efron 1979).

    If all values are equal, resampling shows no spread at all; values of 0 and 1 then get the exact bound.
    """
    if not values:
        raise ValueError("no value has no mean")
    sample = np.asarray(values, np.float64)
    if sample.min() == sample.max():
        return share_interval(round(sample.sum()), len(sample)) if sample[0] in (0.0, 1.0) else (sample[0], sample[0])
    random = np.random.default_rng(seed)
    means = [sample[random.integers(0, len(sample), len(sample))].mean() for _ in range(_RESAMPLES)]
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def share_interval(count: int, total: int) -> Interval:
    """The exact interval of a share (Clopper and Pearson 1934)."""
    if not 0 <= count <= total or total == 0:
        raise ValueError(f"{count} of {total} is no share")
    tail = (1 - LEVEL) / 2
    return 1.0 - upper_bound(total - count, total, 1 - tail), upper_bound(count, total, 1 - tail)


def paired_test(differences: Sequence[float], seed: int = 0) -> float:
    """The two-sided p-value of a paired randomisation test (Fisher 1935): how often random signs do as much.

    It is never 0, for the run itself counts among the random ones (Phipson and Smyth 2010).
    """
    moved = np.asarray([value for value in differences if value], np.float64)
    if not len(moved):
        return 1.0
    random = np.random.default_rng(seed)
    observed = abs(moved.sum()) - 1e-9
    extreme = sum(
        int((np.abs(random.choice((-1.0, 1.0), (_FLIPS // 10, len(moved))) @ moved) >= observed).sum())
        for _ in range(10)
    )
    return (extreme + 1) / (_FLIPS + 1)
