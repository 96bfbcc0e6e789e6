"""Kuiper's distance between two distributions known at frozen edges."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NAN = float("nan")
_QUANTILE = {0.9: 1.6196, 0.95: 1.7473, 0.99: 2.0010}  # of the limit distribution


def kuiper(
    current: npt.ArrayLike, reference: npt.ArrayLike, confidence: float = 0.95
) -> tuple[float, float, float, float]:
    """Sum of the largest gaps above and below between two cumulative distributions, `(value, low, high, p_value)`.

    0 to 1. `current`, `reference`: counts of shape (2k + 1,): below k edges, then each edge and the open interval above
    it. Exact where values lie on edges; `high` also covers what could hide between two. The interval is the band of
    Kuiper's distribution, so conservative; `confidence` is 0.9, 0.95 or 0.99. The p-value has Stephens' correction for
    few rows (Stephens, 1970).

    >>> [round(x, 2) for x in kuiper([0, 50, 0, 30, 0, 20, 0], [0, 30, 0, 70, 0, 0, 0])]
    [0.4, 0.15, 0.65, 0.0]
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m = float(now.sum()), float(was.sum())
    if n == 0 or m == 0:
        return NAN, NAN, NAN, NAN
    f, g = _shares(now, n), _shares(was, m)
    value = max(0.0, float(np.max(f - g))) + max(0.0, float(np.max(g - f)))
    hidden = float(np.max(f[1::2] - g[:-1:2])) + float(np.max(g[1::2] - f[:-1:2]))
    root = 1 / float(np.sqrt(1 / n + 1 / m))
    margin = _QUANTILE[confidence] / root
    p_value = limit_p((root + 0.155 + 0.24 / root) * value)
    return min(1.0, value), max(0.0, value - margin), min(1.0, max(value, hidden) + margin), p_value


def limit_p(x: float) -> float:
    """Chance that Kuiper's statistic, times the root of the number of rows, is x or more in the limit (Kuiper, 1960).

    >>> round(limit_p(1.747), 3)
    0.05
    """
    if x < 0.4:
        return 1.0
    squares = (np.arange(1, 40) * x) ** 2
    return float(np.clip(2 * np.sum((4 * squares - 1) * np.exp(-2 * squares)), 0, 1))


def _shares(counts: Floats, n: float) -> Floats:
    return np.concatenate(([0.0], np.cumsum(counts) / n))
