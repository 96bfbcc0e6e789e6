"""Ranks: of two samples from counts over the same bins, and of groups of values."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy

NAN = float("nan")


def tied_between(current: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Share of all pairs, one value of each side, that lie in one open bin: whose order the counts do not tell.

    `current`, `reference`: counts of shape (2k + 1,): below k edges, then each edge and the open interval above it.

    >>> tied_between([1, 3, 1], [0, 5, 5])
    0.1
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m = float(now.sum()), float(was.sum())
    return float((now[::2] / n) @ (was[::2] / m)) if n and m else 0.0


def mann_whitney_p(current: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """p-value of the hypothesis that neither side's values tend to be larger, of two sides.

    `current`, `reference`: counts of shape (bins,), bins in ascending order. By the normal distribution of U, corrected
    for ties and continuity (Mann and Whitney, 1947). nan where a side has no rows.

    >>> round(mann_whitney_p([1, 1, 1, 0, 0], [0, 0, 1, 1, 1]), 3)
    0.121
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    n, m = float(now.sum()), float(was.sum())
    if n == 0 or m == 0:
        return NAN
    total, tied = n + m, (now + was) / (n + m)
    above = float(now @ (np.cumsum(was) - was / 2)) - n * m / 2
    spread = 1 - float(np.sum(tied**3))  # of the sum of t^3 - t over N^3 - N, both divided by N^3
    spread = (spread - (1 - float(np.sum(tied))) / total**2) * total**2 / max(1.0, total**2 - 1)
    variance = n * m * (total + 1) / 12 * spread
    if variance <= 0:
        return 1.0
    return min(1.0, 2 * float(scipy.special.ndtr(-max(0.0, abs(above) - 0.5) / np.sqrt(variance))))


def beyond_ends_p(beyond: int, n: int, m: int, ends: int) -> float:
    """p-value of so many of n current values beyond the extremes of m values of the reference, at 1 or 2 ends.

    Exact whatever the distribution is, if both sides have the same and no ties (the negative hypergeometric
    distribution; Wilks 1941): the chance that of the first `beyond` + `ends` - 1 values of all, counted from the ends,
    fewer than `ends` are the reference's. With ties it is too large. Assumes independent values.

    >>> round(beyond_ends_p(1, 1_000, 9_999, ends=1), 4), round(beyond_ends_p(2, 1_000, 10_000, ends=2), 4)
    (0.0909, 0.0233)
    """
    if beyond <= 0 or m < ends:
        return 1.0
    drawn = beyond + ends - 1
    logs = [_log_choices(n, drawn - own) + _log_choices(m, own) for own in range(ends) if drawn - own <= n]
    return min(1.0, float(np.exp(np.array(logs) - _log_choices(n + m, drawn)).sum()))


def _log_choices(n: int, k: int) -> float:
    """Logarithm of the number of ways to choose k of n."""
    return -float(scipy.special.betaln(n - k + 1, k + 1)) - float(np.log(n + 1))


def kruskal_wallis(groups: Sequence[npt.ArrayLike]) -> float:
    """p-value of no difference between groups, each of shape (n,), by the ranks of their values; 1 where all are equal.

    Chi-square approximation with ties corrected for. Assumes independent values (Kruskal & Wallis 1952).

    >>> round(kruskal_wallis([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 4)
    0.0495
    """
    sizes = np.array([np.size(group) for group in groups])
    _, place, counts = np.unique(
        np.concatenate([np.ravel(group) for group in groups]), return_inverse=True, return_counts=True
    )
    total = place.size
    ties = 1 - float((counts.astype(float) ** 3 - counts).sum()) / (float(total) ** 3 - total)
    if ties <= 0:
        return 1.0
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    sums = np.add.reduceat(ranks, np.concatenate(([0], np.cumsum(sizes)[:-1])))
    statistic = 12 / (total * (total + 1)) * float((sums**2 / sizes).sum()) - 3 * (total + 1)
    return float(scipy.special.chdtrc(len(sizes) - 1, statistic / ties))
