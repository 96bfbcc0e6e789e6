"""The mean of errors that are not known yet, from those of like rows whose labels are known, with its interval."""

import numpy as np
import scipy

from driftline.arrays import Floats, Integers
from driftline.stats.intervals import Z_95, Interval

_POOL = 30  # rows with a label behind each mean
_LEAST_FREEDOM = 3.0


def expected_mean(
    rows: Integers | Floats,
    labelled: Integers | Floats,
    sums: Floats,
    squares: Floats,
    least: float = 0.0,
) -> Interval:
    """Mean of a loss over rows (bins,) without labels, `(value, low, high)`; nan without rows on either side.

    `labelled` (bins,) are the rows whose loss is known, which may be weighted, `sums` and `squares` (bins,) those of
    it, none below `least`. Neighbouring bins are pooled until each pool has 30 known rows; each row is expected to lose
    what the known rows of its pool do.
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
    return value, max(least, value - margin), value + margin


def modelled_mean(pooled: Interval, expected: float, expected_of_known: float, known: float) -> Interval:
    """Mean of a loss over rows without labels, `(value, low, high)`, of which a model expects the mean `expected`.

    By as much as what it expects of the rows whose loss is known misses their mean, `known`, it is put right. `pooled`
    is `expected_mean`, that of like rows; its interval is laid around this mean.

    >>> modelled_mean((2.0, 1.5, 2.5), 4.0, 3.0, 2.5)
    (3.5, 3.0, 4.0)
    """
    value = max(0.0, expected - expected_of_known + known)
    margin = pooled[2] - pooled[0]  # the lower one may be cut off at 0
    return value, max(0.0, value - margin), value + margin


def expected_quantile(rows: Integers, counts: Floats, ends: Floats, share: float) -> Interval:
    """Quantile of errors over rows (groups,) without labels, `(value, low, high)`; nan without rows on either side.

    `counts` (groups, k) are the rows with a known error between each two of `ends` (k + 1,), where they are taken to be
    spread evenly. Each row is expected to be as those of its pool of 30 known rows. The interval is where the
    expected share of smaller errors could be `share`, for the chance in the rows and the error of each pool's shares,
    widened to the ends between which it falls.

    >>> ends, counts = np.array([0.0, 1.0, 2.0, 4.0]), np.array([[50.0, 40.0, 10.0]])
    >>> [round(x, 2) for x in expected_quantile(np.array([100]), counts, ends, 0.9)]
    [2.0, 1.0, 4.0]
    """
    pool = pools(counts.sum(axis=1))
    n = np.bincount(pool, rows)
    known = np.zeros((n.size, counts.shape[1]))
    np.add.at(known, pool, counts)
    labels = known.sum(axis=1)
    if not n.sum() or not labels.sum():
        return (float("nan"),) * 3
    weights = n / n.sum()
    of_pool = np.cumsum(known, axis=1) / labels[:, None]
    smaller = np.append(0.0, weights @ of_pool)
    at = min(int(np.searchsorted(smaller[1:], share)), counts.shape[1] - 1)
    near = of_pool[:, at]
    error = np.sqrt(share * (1 - share) / n.sum() + weights**2 @ (near * (1 - near) / labels))
    places = (share, share - Z_95 * error, share + Z_95 * error)
    value, low, high = np.interp(places, smaller, ends)
    first, last = np.searchsorted(ends, low, "right") - 1, np.searchsorted(ends, high)
    return float(value), float(ends[max(first, 0)]), float(ends[min(last, ends.size - 1)])


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
