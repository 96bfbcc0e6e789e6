"""Counts and sums of numbers under the plan's frozen edges."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.loops import compiled
from driftline.profiles.plan import NUMBERS, ColumnPlan
from driftline.profiles.sketches.base import ColumnSketch
from driftline.profiles.values import ColumnValues
from driftline.types import Kind


@dataclass(init=False, eq=False)
class Bins(ColumnSketch):
    """Counts (2k+1,) and sums (2k+1,) of the bins of k edges: below the first, then each edge and what is above it.

    The share at or below each edge, and just below it, is known exactly. Far out, sums are of rounded numbers.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("bins", [1, 2, 2, 3])
    >>> sketch.counts[sketch.counts > 0].tolist(), float(sketch.sums.sum())
    ([1, 2, 1], 8.0)
    """

    counts: Integers
    sums: Floats
    FIELDS: ClassVar[tuple[str, ...]] = ("counts", "sums")

    def __init__(self, plan: ColumnPlan) -> None:
        super().__init__(plan)
        self.counts = np.zeros(2 * plan.edges.size + 1, np.int64)
        self.sums = np.zeros(2 * plan.edges.size + 1)

    @classmethod
    def suits(cls, plan: ColumnPlan) -> bool:
        """Columns of numbers."""
        return plan.kind in NUMBERS

    def absorb(self, values: ColumnValues) -> None:
        """Fold in finite numbers."""
        if not values.found.size:
            return
        if values.tally is not None:
            self.counts += values.tally.counts
            with np.errstate(over="ignore", invalid="ignore"):
                self.sums += values.tally.sums
            self._round_tails(values)
            return
        numbers, edges = values.numbers, self.plan.edges
        bounds = np.empty(2 * edges.size + 2, np.int64)
        bounds[0], bounds[-1] = 0, numbers.size
        bounds[1:-1:2] = np.searchsorted(numbers, edges, "left")
        bounds[2:-1:2] = np.searchsorted(numbers, edges, "right")
        counts = np.diff(bounds)
        filled = np.flatnonzero(counts)
        self.counts += counts
        with np.errstate(over="ignore", invalid="ignore"):
            self.sums[filled] += np.add.reduceat(numbers, bounds[filled])
        self._round_tails(values)

    def _round_tails(self, values: ColumnValues) -> None:
        """Count numbers beyond the middle 98 % of the reference as they are shown: bins out there hold single rows."""
        plan = self.plan
        if plan.core is None or plan.kind is not Kind.NUMERIC:
            return
        low, high = plan.core
        if values.tally is not None:
            tails = compiled.outside(values.found, low, high)
        else:
            ends = np.searchsorted(values.numbers, low, "left"), np.searchsorted(values.numbers, high, "right")
            tails = np.concatenate((values.numbers[: ends[0]], values.numbers[ends[1] :]))
        if not tails.size:
            return
        bins = plan.bins(tails) if values.tally is None else compiled.find_bins(tails, plan)
        edges = np.concatenate(([-np.inf], plan.edges, [np.inf]))
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = plan.coarsen(tails).clip(edges[bins // 2], edges[(bins + 1) // 2 + 1])
            np.add.at(self.sums, bins, rounded - tails)

    def private(self, *, final: bool, limits: Sequence[float] = ()) -> Self:
        """Once final, sums of bins that few rows are in: as many times their mean, rounded, within the bin."""
        del limits
        few = np.flatnonzero((self.counts > 0) & (self.counts < self.plan.min_count))
        few = few[few % 2 == 0]  # at an edge the sum says no more than the count
        if not final or not few.size or self.plan.kind is not Kind.NUMERIC:
            return self
        ends = np.concatenate(([-np.inf], self.plan.edges, [np.inf]))
        means = self.plan.coarsen(self.sums[few] / self.counts[few])
        sums = self.sums.copy()
        sums[few] = self.counts[few] * means.clip(ends[few // 2], ends[few // 2 + 1])
        return self._like(counts=self.counts, sums=sums)

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._like(counts=self.counts + other.counts, sums=self.sums + other.sums)
