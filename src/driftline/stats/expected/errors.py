"""The mean of errors that are not known yet, from those of like rows whose labels are known, with its interval."""

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.stats.intervals import Interval

_POOL = 30  # rows with a label behind each mean
_Z = 1.959963984540054


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
        margin = _Z * float(np.sqrt(chance + weights**2 @ spread))
    return value, max(0.0, value - margin), value + margin


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
