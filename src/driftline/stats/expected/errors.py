"""The mean of errors that are not known yet, from those of like rows whose labels are known, with its interval."""

import numpy as np
import scipy

from driftline.arrays import Floats, Integers
from driftline.stats.intervals import Z_95, Interval

_POOL = 30  # rows with a label behind each mean
_LEAST_FREEDOM = 3.0


def expected_mean(rows: Integers, labelled: Integers | Floats, sums: Floats, squares: Floats) -> Interval:
    """Mean of a loss over rows (bins,) without labels, `(value, low, high)`; nan without rows on either side.

    `labelled` (bins,) are the rows whose loss is known, which may be weighted, `sums` and `squares` (bins,) those of
    it. Neighbouring bins are pooled until each pool has 30 known rows; each row is expected to lose what the known rows
    of its pool do.
    The interval is of what the labels will show: the chance in the rows, and the error of each pool's mean.

    >>> [round(x, 2) for x in expected_mean(*np.array([[0, 100], [40, 60], [40, 120], [60, 300]]))]
    [2.0, 1.68, 2.32]
    """
    pool = pools(labelled)
    n, known, total, square = (np.bincount(pool, weights=part) for part in (rows, labelled, sums, squares))
    if not n.sum() or not known.sum():
        return (float("nan"),) * 3
    with np.errstate(over="ignore", invalid="ignore"):
        means, weights = total / known, n / n.sum()
        value = float(weights @ means)
        chance = max(0.0, float(weights @ (square / known)) - value**2) / n.sum()
        spread = np.maximum(square / known - means**2, 0) / np.maximum(known - 1, 1)
        margin = Z_95 * float(np.sqrt(chance + weights**2 @ spread))
    return value, max(0.0, value - margin), value + margin


def widen_for_tails(losses: Floats, weights: Floats) -> float:
    """How many times as far the upper end of a mean's normal interval has to be for losses (n,) with tails, at least 1.

    `weights` (n,) of the rows. The mean of a few large losses among many small ones is skewed, and where one draws few
    of them both the mean and its error come out too low. So the end has the second term of its expansion by skewness
    (Johnson 1978; Hall 1992), and the quantile of a t with as many degrees of freedom as the kurtosis leaves the
    variance (O'Neill 2014), of which at least three.

    >>> round(widen_for_tails(np.array([0.0, 1.0] * 500), np.ones(1000)), 2)
    1.0
    >>> round(widen_for_tails(np.array([0.0] * 99 + [1.0]), np.ones(100)), 2)
    2.8
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        share = weights / weights.sum()
        left = losses - share @ losses
        variance = float(share @ left**2)
        if not 0 < variance < np.inf:
            return 1.0  # all lose the same, or more than can be squared
        skewness, kurtosis = (float(share @ (left / np.sqrt(variance)) ** power) for power in (3, 4))
        n = float(1 / (share @ share))
    second = max(0.0, skewness) * (2 * Z_95**2 + 1) / (6 * Z_95 * np.sqrt(n))
    freedom = max(_LEAST_FREEDOM, 2 * n / max(kurtosis - 1, 1e-9))
    return float((1 + second) * scipy.special.stdtrit(freedom, 0.975) / Z_95)


def pools(labelled: Integers | Floats, least: int = _POOL) -> Integers:
    """The pool (bins,) of each bin: neighbours together, from the first on, until they have enough known rows.

    >>> pools(np.array([20, 20, 0, 50, 10])).tolist()
    [0, 0, 1, 1, 1]
    """
    pool, known, place = np.zeros(labelled.size, np.int64), 0.0, 0
    for at, count in enumerate(labelled.tolist()):
        pool[at] = place
        known += count
        if known >= least:
            known, place = 0.0, place + 1
    pool[pool == place] = max(place - 1, 0)  # what is left at the end has too few
    return pool
