"""Divergences between two rows of counts over the same bins, with their intervals.

Each estimate comes as `(value, low, high, p_value)`. Half a count is added to every bin, so that it is always finite;
the part of it that mere sampling adds is taken off; the interval is the delta method's, with the second-order term that
matters where nothing has changed. `p_value` is that of Pearson's test of homogeneity, which has the same null.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincc, ndtri, rel_entr

Floats = npt.NDArray[np.float64]
Estimated = tuple[float, float, float, float]
ENOUGH = 5.0  # rows to expect in a bin before chi-square is a fair approximation (Cochran, 1954)


@dataclass(frozen=True)
class _Divergence:
    """A sum over bins of f(p, q): with its slope in p, and the k of f(p, q) ~ k (p - q)^2 / p where p is near q."""

    of: Callable[[Floats, Floats], float]
    slope: Callable[[Floats, Floats], Floats]
    curvature: float


def psi_plugin(p: Floats, q: Floats) -> float:
    """Population stability index of two distributions: the sum of (p - q) ln(p / q), in nats.

    Infinite where one has mass and the other none. Also known as Jeffreys' divergence (Jeffreys, 1946).

    >>> round(psi_plugin(np.array([0.5, 0.5]), np.array([0.25, 0.75])), 4)
    0.2747
    """
    return float(np.sum(rel_entr(p, q) + rel_entr(q, p)))


def jensen_shannon_plugin(p: Floats, q: Floats) -> float:
    """Jensen-Shannon distance of two distributions: root of the divergence in bits, 0 to 1.

    Lin (1991); a distance by Endres and Schindelin (2003).

    >>> jensen_shannon_plugin(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    return float(np.sqrt(max(0.0, _shannon(p, q))))


def chi_distance_plugin(p: Floats, q: Floats) -> float:
    """Root of half the sum of (p - q)^2 / (p + q) of two distributions, 0 to 1 (Le Cam, 1986).

    >>> chi_distance_plugin(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    return float(np.sqrt(_le_cam(p, q)))


def psi(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Population stability index of counts over the same bins, in nats, not below 0.

    `current`, `reference`: counts of shape (bins,). All nan where a side has no rows.

    >>> value, low, high, p = psi([50, 50], [250, 750])
    >>> round(value, 2), low > 0, p < 0.001
    (0.26, True, True)
    """
    return _estimate(_PSI, current, reference, confidence)


def jensen_shannon(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Jensen-Shannon distance of counts over the same bins, base 2, 0 to 1.

    `current`, `reference`: counts of shape (bins,). All nan where a side has no rows.

    >>> round(jensen_shannon([1000, 0], [0, 1000])[0], 2)
    1.0
    """
    value, low, high, p_value = _estimate(_SHANNON, current, reference, confidence)
    return float(np.sqrt(value)), float(np.sqrt(low)), min(1.0, float(np.sqrt(high))), p_value


def chi_distance(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Chi-square distance of counts over the same bins, 0 to 1.

    It is the effect that the chi-square test sees, whatever the sample size.
    `current`, `reference`: counts of shape (bins,). All nan where a side has no rows.

    >>> chi_distance([10, 20, 30], [100, 200, 300])[0]
    0.0
    """
    value, low, high, p_value = _estimate(_LE_CAM, current, reference, confidence)
    return float(np.sqrt(value)), float(np.sqrt(low)), min(1.0, float(np.sqrt(high))), p_value


def homogeneity_p(current: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """p-value of Pearson's chi-square test that both rows of counts come from one distribution.

    Bins where fewer than 5 rows are expected on either side are merged, smallest first; one bin left gives 1.

    >>> round(homogeneity_p([50, 50], [50, 50]), 3)
    1.0
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m = float(now.sum()), float(was.sum())
    if n == 0 or m == 0:
        return float("nan")
    pooled = now + was
    order = np.argsort(pooled, kind="stable")
    order = order[np.searchsorted(pooled[order], 0, side="right") :]
    starts = _groups(pooled[order] * (min(n, m) / (n + m)))
    if len(starts) < 2:
        return 1.0
    now, both = np.add.reduceat(now[order], starts), np.add.reduceat(pooled[order], starts)
    statistic = np.sum((now - both * (n / (n + m))) ** 2 / both) * ((n + m) / n) * ((n + m) / m)
    return float(gammaincc((len(starts) - 1) / 2, statistic / 2))


def _groups(expected: Floats) -> list[int]:
    """Where each group of bins starts, for ascending expected counts: every group expects enough."""
    small = int(np.searchsorted(expected, ENOUGH))
    starts, total = [0], 0.0
    for i, count in enumerate(expected[:small].tolist()):
        if total >= ENOUGH:
            starts.append(i)
            total = 0.0
        total += count
    if small and small < len(expected) and total >= ENOUGH:
        starts.append(small)
    elif small and total < ENOUGH and small == len(expected) and len(starts) > 1:
        starts.pop()
    return starts + list(range(small + 1, len(expected)))


def _shannon(p: Floats, q: Floats) -> float:
    middle = (p + q) / 2
    return float(np.sum(rel_entr(p, middle) + rel_entr(q, middle)) / (2 * np.log(2)))


def _le_cam(p: Floats, q: Floats) -> float:
    total = p + q
    return float(np.sum(np.divide((p - q) ** 2, total, out=np.zeros_like(total), where=total > 0))) / 2


_PSI = _Divergence(psi_plugin, lambda p, q: np.log(p / q) + 1 - q / p, 1.0)
_SHANNON = _Divergence(_shannon, lambda p, q: np.log2(2 * p / (p + q)) / 2, 1 / (8 * np.log(2)))
_LE_CAM = _Divergence(_le_cam, lambda p, q: (p - q) * (p + 3 * q) / (2 * (p + q) ** 2), 1 / 4)


def _estimate(
    divergence: _Divergence, current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float
) -> Estimated:
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m = float(now.sum()), float(was.sum())
    if n == 0 or m == 0:
        return float("nan"), float("nan"), float("nan"), float("nan")
    kept = now + was > 0
    now, was = now[kept] + 0.5, was[kept] + 0.5
    p, q = now / now.sum(), was / was.sum()
    noise = 1 / n + 1 / m
    freedom = len(p) - 1
    value = divergence.of(p, q) - divergence.curvature * freedom * noise
    first = _variance(p, divergence.slope(p, q)) / n + _variance(q, divergence.slope(q, p)) / m
    second = 2 * freedom * (divergence.curvature * noise) ** 2
    margin = float(ndtri((1 + confidence) / 2)) * float(np.sqrt(first + second))
    return max(0.0, value), max(0.0, value - margin), max(0.0, value + margin), homogeneity_p(current, reference)


def _variance(weights: Floats, values: Floats) -> float:
    return max(0.0, float(weights @ values**2) - float(weights @ values) ** 2)
