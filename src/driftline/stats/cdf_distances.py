"""Distances that are a weighted mean of the squared gap between two cumulative distributions known at frozen edges.

k edges make 2k + 1 bins: values below the first, then for each edge the values equal to it and the values strictly
between it and the next, the last being the values above all. Between two edges, gaps are taken to change evenly; what
that may hide is in the interval. Each estimate comes as `(value, low, high, p_value)`, all nan where a side has no
rows; the value is the root of the plain mean square.

The p-value is that of a weighted sum of chi-squares with the statistic's first three cumulants where nothing has
changed (Hall, 1983; Buckley and Eagleson, 1988), ties included. The interval takes off what sampling adds, and takes
the variance to grow with the square from the one where nothing has changed at the rate of the delta method, as Wilson's
interval of a share does.
"""

import numpy as np
import numpy.typing as npt
import scipy

from driftline.arrays import Floats

Estimated = tuple[float, float, float, float]
NAN = float("nan")


class _Gaps:
    """Counts of two sides by bin (2k + 1,), and the gap of their cumulative distributions around and inside each."""

    def __init__(self, current: npt.ArrayLike, reference: npt.ArrayLike) -> None:
        self.now, self.was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
        self.rows = self.now + self.was
        self.n, self.m = float(self.now.sum()), float(self.was.sum())
        self.total, self.known = self.n + self.m, bool(self.n and self.m)
        self.edge = np.arange(self.rows.size) % 2 == 1
        self.share, f, g = (_shares(side) for side in (self.rows, self.now, self.was))
        self.before, self.after = (f - g)[:-1], (f - g)[1:]
        self.least = np.where(self.edge, self.after, f[:-1] - g[1:])
        self.most = np.where(self.edge, self.after, f[1:] - g[:-1])
        self.middle = np.where(self.edge, self.after, (self.before + self.after) / 2)
        self.at = np.where(self.edge, self.share[1:], (self.share[:-1] + self.share[1:]) / 2)

    def step(self) -> Floats:
        """Change of the gap by row, where rows come evenly."""
        change: Floats = self.after - self.before
        each: Floats = np.divide(change, self.rows, out=np.zeros_like(change), where=self.rows > 0)
        return each

    def parts(self, weight: Floats, square: Floats) -> tuple[Floats, Floats, Floats]:
        """The weighted squares, and the least and the most that they may be."""
        least, most = self.least**2, self.most**2
        smallest = weight * np.where(self.least * self.most <= 0, 0.0, np.minimum(least, most))
        biggest = weight * np.maximum(least, most)
        return square, np.minimum(square, smallest), np.maximum(square, biggest)

    def variance(self, weight: Floats, own: Floats, slope: Floats) -> float:
        """Delta-method variance of the sum of weighted squares, as each row moves the gap above it and the weights."""
        moved = 2 * weight * self.middle
        above = _from(moved) - np.where(self.edge, 0.0, moved / 2)
        weights = own + _from(slope)
        one = _spread(above + self.n / self.total * weights, self.now)
        return one / self.n + _spread(self.m / self.total * weights - above, self.was) / self.m


def cramer_von_mises(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Root mean square gap between two cumulative distributions over all rows, 0 to 0.58.

    `current`, `reference`: counts of shape (2k + 1,). With n and m rows, n m / (n + m) times the square is the
    statistic T of the two-sample Cramer-von Mises test (Anderson, 1962).

    >>> [round(x, 2) for x in cramer_von_mises([0, 50, 0, 50, 0], [0, 80, 0, 20, 0])]
    [0.24, 0.15, 0.36, 0.0]
    """
    gaps = _Gaps(current, reference)
    if not gaps.known:
        return NAN, NAN, NAN, NAN
    weight, rows, step = gaps.rows / gaps.total, gaps.rows, gaps.step()
    inside = gaps.before**2 + gaps.before * step * (rows + 1) + step**2 * (rows + 1) * (2 * rows + 1) / 6
    parts = gaps.parts(weight, weight * np.where(gaps.edge, gaps.after**2, inside))
    variance = gaps.variance(weight, gaps.middle**2, np.zeros_like(weight))
    return _estimate(gaps.n, gaps.m, weight, gaps.at, parts, variance, confidence)


def anderson_darling(current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95) -> Estimated:
    """Root mean square gap between two cumulative distributions H over all rows, weighted by 1 / (H (1 - H)), from 0.

    `current`, `reference`: counts of shape (2k + 1,). With n and m rows, n m / (n + m) times the square is the
    statistic of the two-sample Anderson-Darling test (Pettitt, 1976), its right-continuous form where values are tied.

    >>> [round(x, 2) for x in anderson_darling([0, 50, 0, 50, 0], [0, 80, 0, 20, 0])]
    [0.51, 0.32, 0.75, 0.0]
    """
    gaps = _Gaps(current, reference)
    if not gaps.known:
        return NAN, NAN, NAN, NAN
    total, step = gaps.total, gaps.step()
    upto = total * gaps.share
    first, last = upto[:-1], upto[1:]
    inner = (gaps.at * (1 - gaps.at)).clip(1 / (2 * total))
    up = np.diff(scipy.special.psi(upto + 1)).clip(0)  # sums of 1 / i
    down = -np.diff(scipy.special.psi(total - np.minimum(upto, total - 1))).clip(max=0)
    weight = np.where(gaps.edge, np.where(last < total - 0.5, gaps.rows / total / inner, 0.0), up + down)
    bottom = gaps.before - step * first
    top = np.where(last < total - 0.5, bottom + step * total, 0.0)
    inside = (bottom**2 * up + top**2 * down - step**2 * gaps.rows * total).clip(0)
    parts = gaps.parts(weight, np.where(gaps.edge, weight * gaps.after**2, inside))
    square = gaps.middle**2 / inner
    variance = gaps.variance(weight, square, -(1 - 2 * gaps.at) * weight * square)
    return _estimate(gaps.n, gaps.m, weight, gaps.at, parts, variance, confidence)


def energy(  # noqa: PLR0913, PLR0917 - counts, sums and range of two sides
    edges: npt.ArrayLike,
    current: npt.ArrayLike,
    reference: npt.ArrayLike,
    current_sums: npt.ArrayLike,
    reference_sums: npt.ArrayLike,
    current_range: tuple[float, float],
    reference_range: tuple[float, float],
    scale: float = 1.0,
    confidence: float = 0.95,
) -> Estimated:
    """Energy distance of the values divided by `scale`: root of twice the integral of the squared gap, from 0.

    `edges`: shape (k,), ascending. `current`, `reference`: counts, `..._sums`: sums of the values, of shape (2k + 1,).
    `..._range`: smallest and largest value. Two times the integral is 2 E|X - Y| - E|X - X'| - E|Y - Y'| (Szekely,
    2002). What a bin can hide is bounded by its counts and its mean. nan where a sum is not finite.

    >>> counts, moved = [0, 50, 0, 50, 0], [0, 80, 0, 20, 0]
    >>> sums, less = [0, 0, 0, 500, 0], [0, 0, 0, 200, 0]
    >>> [round(x, 2) for x in energy([0, 10], counts, moved, sums, less, (0, 10), (0, 10))]
    [1.34, 0.83, 2.0, 0.0]
    """
    gaps = _Gaps(current, reference)
    points = np.asarray(edges, dtype=float)
    bounds = np.array([*current_range, *reference_range, *points[:1], *points[-1:]], dtype=float)
    totals = np.asarray(current_sums, dtype=float), np.asarray(reference_sums, dtype=float)
    finite = np.isfinite(bounds).all() and np.isfinite(totals[0]).all() and np.isfinite(totals[1]).all()
    if not gaps.known or not finite or not 0 < scale < np.inf:
        return NAN, NAN, NAN, NAN
    points = np.concatenate(([bounds.min()], points, [bounds.max()]))
    largest = float(np.max(np.abs(points))) or 1.0
    points /= largest
    width, total = np.diff(points), gaps.total
    f, rise = _average(points, gaps.now, totals[0] / largest)
    g, fall = _average(points, gaps.was, totals[1] / largest)
    gap, low, high = f - g, gaps.least[::2], gaps.most[::2]
    least, most = width * gap**2, width * np.maximum(gap**2, (low + high) * gap - low * high)
    even = width * (gap**2 + (gaps.after - gaps.before)[::2] ** 2 / 12)
    slope = 2 * gap
    corner = np.concatenate(([0.0], np.cumsum(slope * width)))
    variance = sum(
        _spread(_woven(corner[:-1] + slope * way, corner[1:-1]), side) / float(side.sum())
        for way, side in ((rise, gaps.now), (fall, gaps.was))
    )
    at = (f * gaps.n + g * gaps.m) / total
    parts = np.clip(even, least, most), least, most
    value, below, above, p_value = _estimate(gaps.n, gaps.m, width, at, parts, variance, confidence)
    unit = float(np.sqrt(2 * largest / scale)) if largest / scale < np.finfo(float).max / 2 else NAN
    return value * unit, below * unit, above * unit, p_value


def _estimate(  # noqa: PLR0913, PLR0917 - what is known of one weighted sum of squares
    n: float,
    m: float,
    weight: Floats,
    at: Floats,
    parts: tuple[Floats, Floats, Floats],
    variance: float,
    confidence: float,
) -> Estimated:
    """The root of a sum of squares, from each gap's `weight`, the share `at` it, and the squares with their bounds."""
    plain, least, most = (float(np.sum(part)) for part in parts)
    mean, second, third = _cumulants(weight, at, n, m)
    if second <= 0:
        return float(np.sqrt(plain)), float(np.sqrt(least)), float(np.sqrt(most)), 1.0
    freedom = 8 * (second / third) ** 2 * second
    deviation = float(np.sqrt(second))
    p_value = float(
        scipy.special.gammaincc(
            freedom / 2, max(0.0, (freedom + np.sqrt(2 * freedom) * (plain - mean) / deviation) / 2)
        )
    )
    tail = (1 - confidence) / 2
    reach = (
        deviation * (2 * float(scipy.special.gammainccinv(freedom / 2, tail)) - freedom) / float(np.sqrt(2 * freedom))
    )
    z = float(scipy.special.stdtrit(max(1.0, min(n, m) - 1), 1 - tail))
    value, half = plain - mean, z * z * (variance / plain if plain > 0 else 0.0) / 2
    below = value - (plain - least)
    low = below + half - float(np.sqrt(max(0.0, half**2 + 2 * half * below + reach**2)))
    above = value + (most - plain)
    high = above + half + float(np.sqrt(max(0.0, half**2 + 2 * half * above + (z * deviation) ** 2)))
    low = 0.0 if p_value > tail else max(0.0, min(low, plain))
    return float(np.sqrt(plain)), float(np.sqrt(low)), float(np.sqrt(max(high, plain))), p_value


def _cumulants(weight: Floats, at: Floats, n: float, m: float) -> tuple[float, float, float]:
    """Mean, variance and third cumulant of the sum of squares where both sides are drawn from one distribution."""
    size = float(weight.sum()) or 1.0
    w, v = weight / size, (1 - at).clip(0)
    own = at * v
    lower = np.concatenate(([0.0], np.cumsum(w * at**2)[:-1]))
    upper = _from(w * v**2) - w * v**2
    second = 2 * float(np.sum(w * v**2 * lower)) + float(np.sum((w * own) ** 2))
    third = float(np.sum(w * own * (6 * lower * upper + 3 * w * (at**2 * upper + v**2 * lower) + (w * own) ** 2)))
    unit = size * (1 / n + 1 / m)
    total = n + m
    return unit * total / (total - 1) * float(np.sum(w * own)), 2 * unit**2 * second, 8 * unit**3 * third


def _average(points: Floats, counts: Floats, sums: Floats) -> tuple[Floats, Floats]:
    """Mean of the cumulative distribution between points, and how far the mean value there is from the left one."""
    left, right, rows = points[:-1], points[1:], counts[::2]
    width, n = right - left, float(counts.sum())
    rise = np.divide(sums[::2], rows, out=right.copy(), where=rows > 0).clip(left, right) - left
    before = _shares(counts)[:-1:2]
    part = np.divide(width - rise, width, out=np.zeros_like(width), where=width > 0)
    return before + rows / n * part, rise


def _woven(open_bins: Floats, edges: Floats) -> Floats:
    woven = np.empty(open_bins.size + edges.size)
    woven[::2], woven[1::2] = open_bins, edges
    return woven


def _from(parts: Floats) -> Floats:
    """Sum of each part and all that follow."""
    found: Floats = np.cumsum(parts[::-1])[::-1]
    return found


def _spread(values: Floats, counts: Floats) -> float:
    """Sample variance of values that come so many times."""
    n = float(counts.sum())
    mean = float(counts @ values) / n
    return float(counts @ (values - mean) ** 2) / max(1.0, n - 1)


def _shares(counts: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(counts) / max(1.0, float(counts.sum()))))
