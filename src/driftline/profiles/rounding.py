"""Values that differ in their last digits only, by arithmetic or by a float32, are one value.

That matters where a value comes often: among the few values of a column, at a cap or a floor. Numbers of continuous
columns are left as they are.
"""

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats, Integers

_DIGITS = 2.0**-22  # some steps of a float32, relative to the value
_SCALES = 2.0**-16  # and never more than so much of the column's scale, for values far from zero are close together
_OFTEN = 0.005


def merge_close(distinct: Floats, counts: Integers, scale: float) -> tuple[Floats, Integers]:
    """The different values (k,), sorted, with their rows: of those that are close, the most frequent with all rows.

    >>> merge_close(np.array([0.1, 0.3, 0.1 + 0.2]), np.array([4, 5, 1]), 0.2)
    (array([0.1, 0.3]), array([4, 6]))
    """
    if distinct.size < 2:
        return distinct, counts
    with np.errstate(over="ignore"):  # the gaps between the largest numbers that there are
        gaps = np.diff(distinct)
    near = (gaps <= _widths(distinct, scale)[1:]) & ~(_whole(distinct[1:]) & _whole(distinct[:-1]))
    if not near.any():
        return distinct, counts
    groups = np.concatenate(([0], np.cumsum(~near)))
    order = np.lexsort((-counts, groups))
    first = order[np.unique(groups[order], return_index=True)[1]]
    return distinct[first], np.bincount(groups, weights=counts).astype(np.int64)


def frequent(distinct: Floats, counts: Integers) -> Floats:
    """The values that come in more than one row of 200, as caps and floors do."""
    often: Floats = distinct[counts > max(_OFTEN * counts.sum(), 5)]
    return often


def snap(numbers: Floats, levels: Floats, scale: float) -> Floats:
    """The sorted numbers (n,), in place, with those that are close to one of the sorted levels (k,) made equal to it.

    >>> snap(np.array([0.25, 0.1 + 0.2]), np.array([0.1, 0.3]), 0.2)
    array([0.25, 0.3 ])
    """
    lows, highs = ranges(levels, scale)
    starts, ends = np.searchsorted(numbers, lows, "left"), np.searchsorted(numbers, highs, "right")
    for at in np.flatnonzero(ends > starts).tolist():
        numbers[starts[at] : ends[at]] = levels[at]
    return numbers


def ranges(levels: Floats, scale: float) -> tuple[Floats, Floats]:
    """The lowest and the highest number (k,) that is close to each of the sorted levels (k,)."""
    widths = _widths(levels, scale)
    with np.errstate(over="ignore"):
        gaps = np.diff(levels, prepend=-np.inf, append=np.inf) / 4
    widths = np.minimum(widths, np.minimum(gaps[:-1], gaps[1:]))
    return levels - widths, levels + widths


def _widths(values: Floats, scale: float) -> Floats:
    """How far from each value another is the same; whole numbers are never one another."""
    widths = np.minimum(np.abs(values) * _DIGITS, scale * _SCALES)
    return np.where(_whole(values), np.minimum(widths, 0.5), widths)


def _whole(values: Floats) -> npt.NDArray[np.bool_]:
    whole: npt.NDArray[np.bool_] = values == np.floor(values)
    return whole
