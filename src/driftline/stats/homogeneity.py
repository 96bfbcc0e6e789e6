"""Tests whether two rows of counts over the same bins come from one distribution, however few rows a bin has."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy

from driftline.arrays import Floats
from driftline.stats.ranks import mann_whitney_p

ENOUGH = 5.0  # rows to expect in a bin before chi-square is a fair approximation (Cochran, 1954)
HARDLY = 1.0  # rows to expect at most in the rarest bins together
RANKS = 0.6  # part of the chance of a false answer that the ranks of ordered values have; the groups have the rest


def homogeneity_p(current: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """p-value of the hypothesis that both rows of counts come from one distribution, by Pearson's chi-square.

    Bins where fewer than 5 rows are expected on either side are merged with the next such one. The very rarest, with at
    most 1 together, or all that stay under 5, are tested by the binomial distribution of their rows between the sides;
    as a chi-square of one degree of freedom that adds to Pearson's of the others, of which it is independent. 1 where
    there is nothing to compare.

    >>> round(homogeneity_p([50, 50], [50, 50]), 3), homogeneity_p([85, 15], [1000, 0]) < 1e-9
    (1.0, True)
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    kept = now + was > 0
    if not kept.all():
        now, was = now[kept], was[kept]
    return _homogeneity_p(now.tobytes(), was.tobytes())


@lru_cache(maxsize=64)
def _homogeneity_p(current: bytes, reference: bytes) -> float:
    """That p-value by bytes of counts; kept, for one distance of a column after the other asks for it."""
    now, was = np.frombuffer(current), np.frombuffer(reference)
    n, m = float(now.sum()), float(was.sum())
    if n == 0 or m == 0:
        return float("nan")
    order = order_bins((now + was) * (min(n, m) / (n + m)))
    now, was = now[order], was[order]
    rare, starts = group_bins((now + was) * (min(n, m) / (n + m)))
    statistic, freedom = 0.0, max(0, len(starts) - 1)
    if rare and starts:
        k, total = float(now[:rare].sum()), float((now + was)[:rare].sum())
        fewer = float(scipy.special.betaincc(k + 1, total - k, n / (n + m))) if k < total else 1.0
        tail = min(fewer, float(scipy.special.betainc(k, total - k + 1, n / (n + m))) if k else 1.0)
        statistic, freedom = 2 * float(scipy.special.gammainccinv(0.5, min(1.0, 2 * tail))), freedom + 1
    if len(starts) > 1:
        if len(starts) < len(now):
            now, was = np.add.reduceat(now, starts), np.add.reduceat(was, starts)
        n, m, both = float(now.sum()), float(was.sum()), now + was
        if n and m:
            statistic += float(((now - both * (n / (n + m))) ** 2 / both).sum()) * ((n + m) / n) * ((n + m) / m)
    return float(scipy.special.gammaincc(freedom / 2, statistic / 2)) if freedom else 1.0


def ordered_homogeneity_p(by_groups: float, current: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """p-value of that hypothesis for values with an order: a test of groups and the test of ranks, taken together.

    Groups show any change of shape, ranks a small shift with far fewer rows (Mann & Whitney, 1947). The smaller p-value
    speaks, each divided by its part of the chance: right however the two depend on each other (Bonferroni, weighted).
    `by_groups`: p-value by groups; it stands alone where fewer than 5 rows beside the most frequent bin are expected on
    a side. `current`, `reference`: counts of shape (bins,), ascending; values in one bin are tied.

    >>> round(ordered_homogeneity_p(0.2, [10, 20, 30, 40], [100, 100, 100, 100]), 6)
    0.000106
    >>> ordered_homogeneity_p(0.2, [97, 3], [100, 0])
    0.2
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    both, fewest = now + was, min(float(now.sum()), float(was.sum()))
    total = float(both.sum())
    if not fewest or fewest * (1 - float(both.max()) / total) < ENOUGH:
        return by_groups
    return min(1.0, by_groups / (1 - RANKS), mann_whitney_p(now, was) / RANKS)


def order_bins(expected: Floats) -> npt.NDArray[np.intp]:
    """Places of the bins with rows: the rarest first, then in their own order those of few rows, then the others.

    Bins of few rows are merged as they stand here. Their order must not follow the current rows: where the reference
    has as many in each bin, as between its quantiles, the order by size is that of the current rows, and merged bins
    would differ more than chance has them differ.
    """
    order = expected.argsort(kind="stable")
    ordered = expected[order]
    order, ordered = order[(none := ordered.searchsorted(0, side="right")) :], ordered[none:]
    if small := int(ordered.searchsorted(ENOUGH)):
        rare = int(ordered[:small].cumsum().searchsorted(HARDLY))
        order[rare:small] = np.sort(order[rare:small])
    return order


def group_bins(expected: Floats) -> tuple[int, list[int]]:
    """How many of the rarest bins go together, and where each group of the others starts; as `order_bins` has them."""
    small = int(np.count_nonzero(expected < ENOUGH))
    running = expected[:small].cumsum()
    if not small or running[-1] < ENOUGH:
        return small, list(range(small, len(expected)))
    rare = int(running.searchsorted(HARDLY))
    starts, total = [rare], 0.0
    for i, rows in enumerate(expected[rare:small].tolist(), rare):
        if total >= ENOUGH:
            starts.append(i)
            total = 0.0
        total += rows
    following = list(range(small, len(expected)))
    if total < ENOUGH and following:
        following.pop(0)
    elif total < ENOUGH and len(starts) > 1:
        starts.pop()
    return rare, starts + following
