"""Divergences between two rows of counts over the same bins, with their intervals.

Each estimate comes as `(value, low, high, p_value)`; all are nan where a side has no rows. Bins empty on both sides do
not count. The value is the plain estimate less what mere sampling adds to it where nothing has changed. Its variance is
taken to grow in line with the divergence, at the rate of the delta method, from the one where nothing has changed; the
interval holds the divergences from which the value is not too far, as Wilson's does for a share. `p_value` is that of
the test of homogeneity, which has the same null for all. Measured coverage of 95% intervals, 30 to 1,000 rows against
100 to 10,000, 2 to 30 bins: 0.925 to 0.999.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy

from driftline.arrays import Floats
from driftline.stats.homogeneity import group_bins, homogeneity_p, order_bins
from driftline.stats.intervals import normal_quantile

Estimated = tuple[float, float, float, float]
NAN = float("nan")


@dataclass(frozen=True)
class _Divergence:
    """A sum over bins of f(p, q).

    `slope` is its derivative in p, `against` that in q, of (q, p), where f is not symmetric; `curvature` the k of
    f(p, q) ~ k (p - q)^2 / p where q is near p; `added` the rows to add to each bin, so that it is finite and its
    sampling error regular.
    """

    of: Callable[[Floats, Floats], float]
    slope: Callable[[Floats, Floats], Floats]
    curvature: float
    added: float
    against: Callable[[Floats, Floats], Floats] | None = None


def jeffreys_divergence(p: Floats, q: Floats) -> float:
    """Population stability index of two distributions: the sum of (p - q) ln(p / q), in nats.

    Infinite where one has mass and the other none. Also known as Jeffreys' divergence (Jeffreys, 1946).

    >>> round(jeffreys_divergence(np.array([0.5, 0.5]), np.array([0.25, 0.75])), 4)
    0.2747
    """
    return float((scipy.special.rel_entr(p, q) + scipy.special.rel_entr(q, p)).sum())


def psi(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Population stability index of counts over the same bins, in nats, not below 0.

    `current`, `reference`: counts of shape (bins,).

    >>> value, low, high, p = psi([50, 50], [250, 750])
    >>> round(value, 2), low > 0, p < 0.001
    (0.26, True, True)
    """
    return _estimate(_PSI, current, reference, confidence)


def jensen_shannon(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Jensen-Shannon distance of counts over the same bins, base 2, 0 to 1.

    `current`, `reference`: counts of shape (bins,).

    >>> round(jensen_shannon([1000, 0], [0, 1000])[0], 2)
    1.0
    """
    return _root(_estimate(_SHANNON, current, reference, confidence))


def jensen_shannon_alone(current: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """The distance that `jensen_shannon` gives, without its interval and p-value, which take most of the time.

    >>> current, reference = [30, 70], [100, 100]
    >>> jensen_shannon_alone(current, reference) == jensen_shannon(current, reference)[0]
    True
    """
    sides = _compare(_SHANNON, current, reference)
    return float(np.sqrt(min(1.0, max(0.0, sides.value)))) if sides else NAN


def chi_distance(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Chi-square distance of counts over the same bins, 0 to 1.

    It is the effect that the chi-square test sees, whatever the sample size.
    `current`, `reference`: counts of shape (bins,).

    >>> chi_distance([10, 20, 30], [100, 200, 300])[0]
    0.0
    """
    return _root(_estimate(_LE_CAM, current, reference, confidence))


def relative_entropy(p: Floats, q: Floats) -> float:
    """Kullback-Leibler divergence of p from q, in nats; infinite where q has no mass and p has.

    >>> round(relative_entropy(np.array([0.5, 0.5]), np.array([0.25, 0.75])), 4)
    0.1438
    """
    return float(scipy.special.rel_entr(p, q).sum())


def hellinger(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Hellinger distance of counts over the same bins, 0 to 1.

    `current`, `reference`: counts of shape (bins,).

    >>> round(hellinger([10**6, 0], [0, 10**6])[0], 2)
    1.0
    """
    return _root(_estimate(_HELLINGER, current, reference, confidence))


def kullback_leibler(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Kullback-Leibler divergence of the current from the reference counts over the same bins, in nats, not below 0.

    `current`, `reference`: counts of shape (bins,).

    >>> round(kullback_leibler([500, 500], [2500, 7500])[0], 2)
    0.14
    """
    return _estimate(_KULLBACK, current, reference, confidence)


def cramers_v(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Cramer's V of counts over the same bins, 0 to 1, less what sampling adds (as by Bergsma, 2013).

    Measured coverage of 95% intervals: 0.87 to 0.99 from 100 rows, 0.74 where 30 rows are spread over 30 uneven bins.
    `current`, `reference`: counts of shape (bins,).

    >>> round(cramers_v([1000, 0], [0, 1000])[0], 2)
    1.0
    """
    weight = shares(current, reference)[2]
    return _root(_estimate(phi_squared(weight), current, reference, confidence))


def g_statistic(current: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Log-likelihood ratio statistic G of two rows of counts: twice the sum of observed ln(observed / expected).

    >>> round(g_statistic([10, 0], [0, 10]), 3)
    27.726
    """
    p, q, weight = shares(current, reference)
    return 2 * float(np.sum(current) + np.sum(reference)) * _information(weight).of(p, q)


def uncertainty(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Share of the uncertainty about a row's side that its bin takes away, 0 to 1 (Theil, 1970), less sampling's part.

    It is G over its largest possible value. The p-value is the G-test's, with Williams' correction (1976), where
    bins of which fewer than 5 rows are expected on a side are merged.
    `current`, `reference`: counts of shape (bins,).

    >>> round(uncertainty([1000, 0], [0, 1000])[0], 2)
    0.99
    """
    weight = shares(current, reference)[2]
    value, low, high, _ = _estimate(_information(weight), current, reference, confidence)
    most = float(scipy.special.entr(weight) + scipy.special.entr(1 - weight)) or 1.0
    value, low, high = np.minimum(1.0, np.array([value, low, high]) / most).tolist()
    return value, low, high, _g_p(current, reference)


def _g_p(current: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m = float(now.sum()), float(was.sum())
    if n == 0 or m == 0:
        return NAN
    order = order_bins((now + was) * (min(n, m) / (n + m)))
    now, was, total = now[order], was[order], n + m
    starts = [0, *group_bins((now + was) * (min(n, m) / total))[1][1:]]
    if len(starts) < 2:
        return homogeneity_p(now, was)
    now, was = np.add.reduceat(now, starts), np.add.reduceat(was, starts)
    freedom = len(starts) - 1
    williams = 1 + (float(np.sum(total / (now + was))) - 1) * (total / n + total / m - 1) / (6 * total * freedom)
    return float(scipy.special.gammaincc(freedom / 2, max(0.0, g_statistic(now, was)) / williams / 2))


def shannon_divergence(p: Floats, q: Floats) -> float:
    """Jensen-Shannon divergence of two distributions, in bits, 0 to 1 (Lin, 1991); its root is a distance.

    >>> shannon_divergence(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    middle = (p + q) / 2
    return float((scipy.special.rel_entr(p, middle) + scipy.special.rel_entr(q, middle)).sum()) / (2 * math.log(2))


def le_cam_divergence(p: Floats, q: Floats) -> float:
    """Half the sum of (p - q)^2 / (p + q) of two distributions, 0 to 1 (Le Cam, 1986); its root is a distance.

    >>> le_cam_divergence(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    total = p + q
    return float(np.divide((p - q) ** 2, total, out=np.zeros_like(total), where=total > 0).sum()) / 2


def squared_hellinger(p: Floats, q: Floats) -> float:
    """Half the sum of (sqrt(p) - sqrt(q))^2 of two distributions, 0 to 1; its root is the Hellinger distance.

    >>> squared_hellinger(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    return float(((np.sqrt(p) - np.sqrt(q)) ** 2).sum()) / 2


_PSI = _Divergence(jeffreys_divergence, lambda p, q: np.log(p / q) + 1 - q / p, 1.0, 0.5)
_SHANNON = _Divergence(shannon_divergence, lambda p, q: np.log2(2 * p / (p + q)) / 2, 1 / (8 * np.log(2)), 0.5)
_LE_CAM = _Divergence(le_cam_divergence, lambda p, q: (p - q) * (p + 3 * q) / (2 * (p + q) ** 2), 1 / 4, 0.0)


_HELLINGER = _Divergence(squared_hellinger, lambda p, q: (1 - np.sqrt(q / p)) / 2, 1 / 8, 0.5)
_KULLBACK = _Divergence(relative_entropy, lambda p, q: np.log(p / q) + 1, 1 / 2, 0.5, against=lambda q, p: -p / q)


def phi_squared(weight: float) -> _Divergence:
    """Chi-square over the number of rows, of which `weight` are p's."""
    both, other = weight * (1 - weight), 1 - weight

    def of(p: Floats, q: Floats) -> float:
        return both * float(_over((p - q) ** 2, weight * p + other * q).sum())

    def slope(p: Floats, q: Floats) -> Floats:
        ratio = _over(p - q, weight * p + other * q)
        return both * (2 * ratio - weight * ratio**2)

    def against(q: Floats, p: Floats) -> Floats:
        ratio = _over(q - p, weight * p + other * q)
        return both * (2 * ratio - other * ratio**2)

    return _Divergence(of, slope, both, 0.0, against)


def _information(weight: float) -> _Divergence:
    """What the bin tells of the side, in nats, where `weight` of the rows are p's."""
    other = 1 - weight

    def of(p: Floats, q: Floats) -> float:
        middle = weight * p + other * q
        return float((weight * scipy.special.rel_entr(p, middle) + other * scipy.special.rel_entr(q, middle)).sum())

    return _Divergence(
        of,
        lambda p, q: weight * np.log(p / (weight * p + other * q)),
        weight * other / 2,
        0.5,
        against=lambda q, p: other * np.log(q / (weight * p + other * q)),
    )


def shares(current: npt.ArrayLike, reference: npt.ArrayLike) -> tuple[Floats, Floats, float]:
    """Shares of the bins on both sides, and the current rows' share of all rows.

    >>> p, q, weight = shares([1, 1], [3, 3])
    >>> p.tolist(), q.tolist(), weight
    ([0.5, 0.5], [0.5, 0.5], 0.25)
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m = float(now.sum()), float(was.sum())
    return now / max(n, 1.0), was / max(m, 1.0), n / max(n + m, 1.0)


def _over(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.zeros_like(below), where=below > 0)
    return ratio


@dataclass(frozen=True, slots=True)
class _Sides:
    """Counts and shares (bins,) of both sides in the bins with rows, and the divergence less what sampling adds.

    `n` and `m` are the rows of each side; `plain` is the divergence with what sampling adds; `noise` that of one bin.
    """

    now: Floats
    was: Floats
    n: float
    m: float
    p: Floats
    q: Floats
    plain: float
    noise: float
    value: float


def _compare(kind: _Divergence, current: npt.ArrayLike, reference: npt.ArrayLike) -> _Sides | None:
    """Both sides, side by side; None where one of them has no rows."""
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m, both = float(now.sum()), float(was.sum()), now + was
    if not n or not m:
        return None
    kept = both > 0
    if not kept.all():
        now, was, both = now[kept], was[kept], both[kept]
    more = kind.added * len(now)
    p, q = (now + kind.added) / (n + more), (was + kind.added) / (m + more)
    if len(now) == 1:
        return _Sides(now, was, n, m, p, q, 0.0, 0.0, 0.0)
    plain = kind.of(p, q)
    noise = kind.curvature * (n / (n + more) ** 2 + m / (m + more) ** 2)
    return _Sides(now, was, n, m, p, q, plain, noise, plain - _bias(kind, both, n, m, noise))


def _estimate(kind: _Divergence, current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float) -> Estimated:
    sides = _compare(kind, current, reference)
    if sides is None:
        return NAN, NAN, NAN, NAN
    freedom = len(sides.now) - 1
    if freedom == 0:
        return 0.0, 0.0, 0.0, 1.0
    p, q, value, noise = sides.p, sides.q, sides.value, sides.noise
    variance = _variance(p, kind.slope(p, q)) / sides.n + _variance(q, (kind.against or kind.slope)(q, p)) / sides.m
    rate = variance / sides.plain if sides.plain > 0 else 4 * noise
    z, most = _quantiles(freedom, confidence)
    half = z * z * rate / 2
    below = math.sqrt(max(0.0, half**2 + 2 * half * value + (most * noise) ** 2))
    above = math.sqrt(max(0.0, half**2 + 2 * half * value + 2 * freedom * (z * noise) ** 2))
    low, high = max(0.0, value + half - below), max(0.0, value + half + above)
    p_value = homogeneity_p(sides.now, sides.was)
    return max(0.0, value), min(low, max(0.0, value)), max(high, value), p_value


@lru_cache(1_000)
def _quantiles(freedom: int, confidence: float) -> tuple[float, float]:
    """The quantile of a normal number, and that of chi-square over its mean."""
    z = normal_quantile(confidence)
    return z, 2 * float(scipy.special.gammainccinv(freedom / 2, (1 - confidence) / 2)) - freedom


def _root(estimated: Estimated) -> Estimated:
    value, low, high, p_value = estimated
    return math.sqrt(min(value, 1.0)), math.sqrt(min(low, 1.0)), math.sqrt(min(high, 1.0)), p_value


def _bias(kind: _Divergence, rows: Floats, n: float, m: float, noise: float) -> float:
    """What sampling adds where nothing has changed: the curvature's share, and that of added rows."""
    share, added = rows / (n + m), kind.added
    if not added:
        each = noise * (1 - share)
        return float((each / np.hypot(1, each / share)).sum())  # a bin adds at most its share
    p, q = (share * n + added) / (n + added * len(rows)), (share * m + added) / (m + added * len(rows))
    return kind.of(p, q) + noise * float((2 * share * (1 - share) / (p + q)).sum())


def _variance(weights: Floats, values: Floats) -> float:
    return max(0.0, float(weights @ values**2) - float(weights @ values) ** 2)
