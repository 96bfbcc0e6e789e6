"""The distribution of a column of numbers, as metrics read it: from every number where all are held, else from bins."""

from dataclasses import dataclass

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.moments import Moments
from driftline.profiles.sketches.numbers import Numbers


@dataclass(frozen=True, slots=True)
class BinnedDistribution:
    """Counts and sums (2k+1,) of the numbers below, at and between k edges, and the smallest and largest number."""

    edges: Floats
    counts: Integers
    sums: Floats
    ends: tuple[float, float]

    @property
    def n(self) -> int:
        """How many numbers there are."""
        return int(self.counts.sum())


def distribution(column: ColumnProfile) -> BinnedDistribution:
    """The distribution of one column."""
    found: BinnedDistribution = column.once("distribution", _distribution)
    return found


def _distribution(column: ColumnProfile) -> BinnedDistribution:
    numbers = column.get_or_none(Numbers)
    exact = numbers is not None and numbers.whole and numbers.n > 0
    return _exact(column, np.unique(numbers.numbers)) if numbers and exact else _binned(column)


def distributions(current: ColumnProfile, reference: ColumnProfile) -> tuple[BinnedDistribution, BinnedDistribution]:
    """The distributions of both sides at the same edges: the plan's, or each number where both sides hold all."""
    found: tuple[BinnedDistribution, BinnedDistribution] = current.once_beside(
        reference, "distributions", _distributions
    )
    return found


def _distributions(current: ColumnProfile, reference: ColumnProfile) -> tuple[BinnedDistribution, BinnedDistribution]:
    now, was = current.get_or_none(Numbers), reference.get_or_none(Numbers)
    if now is None or was is None or not (now.whole and was.whole and now.n and was.n):
        return _binned(current), _binned(reference)
    edges = np.union1d(now.numbers, was.numbers)
    return _exact(current, edges), _exact(reference, edges)


def _binned(column: ColumnProfile) -> BinnedDistribution:
    bins = column.get(Bins)
    return BinnedDistribution(column.plan.edges, bins.counts, bins.sums, _ends(column))


def _exact(column: ColumnProfile, edges: Floats) -> BinnedDistribution:
    counts, sums = np.zeros(2 * edges.size + 1, np.int64), np.zeros(2 * edges.size + 1)
    counts[1::2] = np.bincount(np.searchsorted(edges, column.get(Numbers).numbers), minlength=edges.size)
    with np.errstate(over="ignore"):
        sums[1::2] = edges * counts[1::2]
    return BinnedDistribution(edges, counts, sums, _ends(column))


def _ends(column: ColumnProfile) -> tuple[float, float]:
    moments = column.get(Moments)
    return moments.minimum, moments.maximum
