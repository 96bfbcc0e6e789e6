"""Distance of two empirical characteristic functions at two points (Epps and Singleton, 1986)."""

import numpy as np
import numpy.typing as npt
import scipy

from driftline.arrays import Floats

Range = tuple[float, float]
NAN = float("nan")
POINTS = np.array([[0.4], [0.8]])  # in semi-interquartile ranges, as Epps and Singleton advise
_FARTHEST = 1e15  # beyond, a double no longer knows where on its wave it is


def representatives(
    edges: npt.ArrayLike, counts: npt.ArrayLike, sums: npt.ArrayLike, ends: Range
) -> tuple[Floats, Floats, Floats]:
    """The bins that hold rows: their count, the mean of their values, and the most that these can vary around it.

    `edges`: shape (k,); `counts`, `sums`: shape (2k + 1,); `ends`: smallest and largest value. The most is the root of
    the product of the mean's distances from both ends of the bin (Bhatia and Davis, 2000).

    >>> [x.tolist() for x in representatives([1.0, 3.0], [0, 2, 2, 0, 1], [0, 2, 4, 0, 9], (1, 9))]
    [[2.0, 2.0, 1.0], [1.0, 2.0, 9.0], [0.0, 1.0, 0.0]]
    """
    points, rows = np.asarray(edges, dtype=float), np.asarray(counts, dtype=float)
    filled = np.flatnonzero(rows)
    left = np.concatenate(([ends[0]], np.repeat(points, 2)))[filled].clip(*ends)
    right = np.concatenate((np.repeat(points, 2), [ends[1]]))[filled].clip(*ends)
    rows = rows[filled]
    values = (np.asarray(sums, dtype=float)[filled] / rows).clip(left, right)
    most = np.where(rows > 1, np.sqrt(values - left) * np.sqrt(right - values), 0.0)
    return rows, values, most


def half_range(counts: Floats, values: Floats) -> float:
    """Half the interquartile range of values that come so many times, as NumPy's quantiles interpolate.

    >>> half_range(np.array([1.0, 2.0, 2.0]), np.array([3.0, 1.0, 2.0]))
    0.5
    """
    order = np.argsort(values, kind="stable")
    ends, ranked = np.cumsum(counts[order]), values[order]
    places = (ends[-1] - 1) * np.array([0.25, 0.75])
    lower = np.floor(places)
    below, above = (
        ranked[np.searchsorted(ends, rank, "right").clip(max=ranked.size - 1)] for rank in (lower, lower + 1)
    )
    first, third = (below + (above - below) * (places - lower)).tolist()
    return float(third - first) / 2


def epps_singleton(
    current: tuple[Floats, Floats, Floats],
    reference: tuple[Floats, Floats, Floats],
    fallback: float = 1.0,
    confidence: float = 0.95,
) -> tuple[float, float, float, float]:
    """Root mean square gap of two characteristic functions at two points, `(value, low, high, p_value)`, 0 to 2.

    `current`, `reference`: as by `representatives`. The points are 0.4 and 0.8 over half the interquartile range of
    all rows (over `fallback` where that is 0). The interval is the band that holds the gap, so conservative, widened
    by what the bins can hide. The p-value is Hotelling's (1931), from the covariance over all rows: that of W, which
    takes each side's own, is far too small where one side has few rows.

    >>> side = np.ones(40), np.arange(40.0), np.zeros(40)
    >>> moved = np.ones(40), np.arange(40.0) + 20, np.zeros(40)
    >>> [round(x, 2) for x in epps_singleton(moved, side)]
    [0.81, 0.56, 1.05, 0.0]
    """
    sides = current, reference
    if not all(rows.size and np.isfinite(values).all() for rows, values, _ in sides):
        return NAN, NAN, NAN, NAN
    waves, inside, hidden = _waves(sides, fallback)
    (one, first), (two, second) = (_moments(*wave) for wave in waves)
    first, second = first + inside[0], second + inside[1]
    n, m = (float(rows.sum()) for rows, _, _ in sides)
    gap = one - two
    value = float(np.sqrt(gap @ gap / 2))
    reach = _reach((first / n + second / m) / 2, confidence) + hidden
    between = n / (n + m) * m / (n + m) * np.outer(gap, gap)
    found, freedom = _square(gap, (first * n + second * m) / (n + m) + between)
    explained = min(1.0, found * n / (n + m) * m / (n + m))
    rest = n + m - freedom - 1
    p_value = float(scipy.special.betaincc(freedom / 2, rest / 2, explained)) if freedom and rest > 0 else 1.0
    return min(2.0, value), max(0.0, value - reach), min(2.0, value + reach), p_value


def _waves(
    sides: tuple[tuple[Floats, Floats, Floats], ...], fallback: float
) -> tuple[list[tuple[Floats, Floats]], list[Floats], float]:
    """Shares, and cosines and sines (4, bins) of each side; what varies inside bins; how far off these make the gap.

    Inside a bin, values are taken to be normal with a third of the largest variance that is possible: a wave is calmer.
    """
    largest = max(float(np.max(np.abs(values))) for _, values, _ in sides) or 1.0
    rows, values = (np.concatenate([side[i] for side in sides]) for i in (0, 1))
    unit = half_range(rows, values / largest) or min(max(fallback / largest, 1e-300), 1e300)
    centre, hidden, found, inside = float(values[0]) / largest, 0.0, [], []
    for counts, points, most in sides:
        with np.errstate(over="ignore"):
            waves = (POINTS * ((points / largest - centre) / unit)).clip(-_FARTHEST, _FARTHEST)
            blur = (POINTS * (most / largest / unit)) ** 2 / 2
        share, calm = counts / counts.sum(), np.exp(-blur / 3)
        hidden += float(np.max(np.minimum(blur * 4 / 3, 1 + calm) @ share))
        found.append((share, np.concatenate((np.cos(waves) * calm, np.sin(waves) * calm))))
        inside.append(np.diag(np.tile((1 - calm**2) @ share / 2, 2)))
    return found, inside, hidden


def _moments(share: Floats, waves: Floats) -> tuple[Floats, Floats]:
    mean = waves @ share
    apart = waves - mean[:, None]
    return mean, (apart * share) @ apart.T


def _square(gap: Floats, covariance: Floats) -> tuple[float, int]:
    """Square of the gap in units of its covariance, and the rank of that."""
    size = float(np.trace(covariance))
    if size <= 0:
        return 0.0, 0
    spread, axes = np.linalg.eigh(covariance / size)
    kept = spread > 1e-13
    return float(np.sum((gap @ axes)[kept] ** 2 / spread[kept])) / size, int(kept.sum())


def _reach(noise: Floats, confidence: float) -> float:
    """Root of a quantile of the sum of squares of normal variables with that covariance, by three cumulants."""
    size = float(np.trace(noise))
    if not size > 0:
        return 0.0
    second, third = (float(np.trace(np.linalg.matrix_power(noise / size, power))) for power in (2, 3))
    freedom = second**3 / third**2
    quantile = 2 * float(scipy.special.gammainccinv(freedom / 2, 1 - confidence))
    return float(np.sqrt(max(0.0, size * (1 + (quantile - freedom) * np.sqrt(second / freedom)))))
