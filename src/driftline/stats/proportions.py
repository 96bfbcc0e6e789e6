"""Gaps between the shares of groups on two sides, each group seen by itself.

Each estimate comes as `(value, low, high)`; all are nan where a side has no rows.
"""

import numpy as np
import numpy.typing as npt
import scipy

from driftline.arrays import Floats, Integers
from driftline.stats.intervals import normal_quantile

Interval = tuple[float, float, float]
NAN = float("nan")


def half_l1(p: Floats, q: Floats) -> float:
    """Total variation of two distributions: half the sum of |p - q|, 0 to 1.

    >>> half_l1(np.array([1.0, 0.0]), np.array([0.25, 0.75]))
    0.75
    """
    return float(np.sum(np.abs(p - q))) / 2


def total_variation(
    current: npt.ArrayLike, reference: npt.ArrayLike, p_value: float = 0.0, confidence: float = 0.95
) -> Interval:
    """Total variation of counts over the same groups, 0 to 1: the share of rows that would have to change group.

    `current`, `reference`: counts of shape (groups,). `p_value`: of a test of homogeneity; the interval holds 0 where
    that allows it. What sampling adds, the plain value's mean where nothing has changed, is taken off as the side of a
    right triangle is. The interval takes the plain value for a difference of two means, with the signs of the gaps;
    gaps that may be 0 count with the signs that make the error largest.

    >>> round(total_variation([7000, 3000], [5000, 5000])[0], 3)
    0.2
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m = float(now.sum()), float(was.sum())
    if n == 0 or m == 0:
        return NAN, NAN, NAN
    kept = now + was > 0
    p, q = now[kept] / n, was[kept] / m
    if len(p) == 1:
        return 0.0, 0.0, 0.0
    gap, z = p - q, normal_quantile(confidence)
    pooled = (now + was)[kept] / (n + m)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    added = float(np.sum(np.minimum(np.sqrt(2 / np.pi) * spread, 2 * pooled))) / 2
    plain, signs = half_l1(p, q), np.sign(gap)
    unsure = np.abs(gap) <= z * spread
    low = _less(plain - z * _error(p, q, signs, n, m), added) if p_value <= (1 - confidence) / 2 else 0.0
    high = _less(plain + z * _error(p, q, _largest(pooled, signs, unsure), n, m), added)
    high = max(high, largest_gap(now, was, p_value, confidence)[2])  # which is no more, and holds where rows are few
    value = min(1.0, _less(plain, added))
    return value, min(low, value), min(1.0, max(value, high))


def largest_gap(
    current: npt.ArrayLike, reference: npt.ArrayLike, p_value: float = 0.0, confidence: float = 0.95
) -> Interval:
    """Largest difference between the shares of one group on two sides, 0 to 1.

    `current`, `reference`: counts of shape (groups,). `p_value`: of a test of homogeneity; the interval holds 0 where
    that allows it. It spans the intervals of the single groups (Newcombe, 1998, method 10), the lower limit with
    Bonferroni's correction for having picked the largest, so it is conservative.

    >>> [round(x, 3) for x in largest_gap([70, 30], [500, 500])]
    [0.2, 0.099, 0.287]
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m = float(now.sum()), float(was.sum())
    if n == 0 or m == 0:
        return NAN, NAN, NAN
    groups = max(1, int(np.count_nonzero(now + was)) - 1)
    value = float(np.max(np.abs(now / n - was / m)))
    if groups == 1 and value == 0 and np.count_nonzero(now + was) == 1:
        return 0.0, 0.0, 0.0
    below, above = _newcombe(now, was, n, m, 1 - (1 - confidence) / groups)
    low = float(np.max(np.maximum(below, -above))) if p_value <= (1 - confidence) / 2 else 0.0
    below, above = _newcombe(now, was, n, m, confidence)
    high = float(np.max(np.maximum(np.abs(below), np.abs(above))[now + was > 0]))
    return value, min(value, max(0.0, low)), max(value, high)


def _newcombe(now: Floats, was: Floats, n: float, m: float, confidence: float) -> tuple[Floats, Floats]:
    p, q = now / n, was / m
    (p_low, p_high), (q_low, q_high) = _wilson(p, n, confidence), _wilson(q, m, confidence)
    gap = p - q
    return gap - np.hypot(p - p_low, q_high - q), gap + np.hypot(p_high - p, q - q_low)


def _wilson(share: Floats, n: float, confidence: float) -> tuple[Floats, Floats]:
    z2 = normal_quantile(confidence) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    margin = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return (centre - margin).clip(0, share), (centre + margin).clip(share, 1)


def _error(p: Floats, q: Floats, signs: Floats, n: float, m: float) -> float:
    """Standard error of half the difference of the means of `signs`."""
    one, two = 1 - float(p @ signs) ** 2, 1 - float(q @ signs) ** 2
    return float(np.sqrt(max(0.0, one) / n + max(0.0, two) / m)) / 2


def _largest(shares: Floats, signs: Floats, unsure: npt.NDArray[np.bool_]) -> Floats:
    """Signs where they are unsure that bring the mean sign near 0: the largest group first."""
    total, chosen = float(shares[~unsure] @ signs[~unsure]), signs.copy()
    for i in np.flatnonzero(unsure)[np.argsort(-shares[unsure], kind="stable")].tolist():
        chosen[i] = -1.0 if total > 0 else 1.0
        total += chosen[i] * float(shares[i])
    return chosen


def _less(plain: float, added: float) -> float:
    return float(np.sqrt(max(0.0, plain - added) * (plain + added)))


def largest_rise(
    current: Integers, reference: Integers, n: int, m: int, times: float = 2.0, confidence: float = 0.95
) -> tuple[int, float, float, float, float]:
    """The cell that surely rose the most, among those that are at least `times` as frequent as in the reference.

    `current`, `reference`: rows (cells,) of `n` and of `m` that are in each cell; cells may overlap. Gives its place,
    the difference of its shares with Newcombe's interval, and the binomial p-value of its rows between the sides
    (Przyborowski & Wilenski 1940), both for all cells together (Bonferroni). Place -1 and no rise where no cell is.

    >>> at, gain, _, _, p_value = largest_rise(np.array([90, 10]), np.array([999, 1]), 100, 1000)
    >>> at, round(gain, 3), p_value < 1e-6
    (1, 0.099, True)
    """
    p, q = current / n, reference / m
    rose = (current > 0) & (p >= times * q)
    if not rose.any():
        return -1, 0.0, 0.0, 0.0, 1.0
    z = float(scipy.special.ndtri(1 - (1 - confidence) / 2 / current.size))
    (least, _), (_, most) = _score_ends(p, n, z), _score_ends(q, m, z)
    low = np.where(rose, p - q - np.hypot(p - least, most - q), -1.0)
    at = int(np.argmax(low))
    high = p[at] - q[at] + np.hypot(_score_ends(p, n, z)[1][at] - p[at], q[at] - _score_ends(q, m, z)[0][at])
    chance = current.size * float(scipy.special.betainc(current[at], reference[at] + 1, n / (n + m)))
    return at, float(p[at] - q[at]), max(0.0, float(low[at])), min(1.0, float(high)), min(1.0, chance)


def _score_ends(shares: Floats, n: int, z: float) -> tuple[Floats, Floats]:
    """Wilson's score interval (cells,) of shares (cells,) of n rows."""
    centre = (shares + z * z / (2 * n)) / (1 + z * z / n)
    margin = z * np.sqrt(shares * (1 - shares) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return centre - margin, centre + margin
