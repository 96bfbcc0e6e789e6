"""Counts of numbers by size, whatever the plan's edges are: quantiles on any scale."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.sketches.base import ColumnSketch
from driftline.profiles.values import ColumnValues
from driftline.types import Kind

PARTS = 8


@dataclass(init=False, eq=False)
class Magnitudes(ColumnSketch):
    """Rows per bucket: 8 equal parts of each power of two, so a bucket is at most 12 % wide; 0 has its own.

    Bucket b > 0 holds the numbers from 2**e (1 + j / 8) up to the next such bound, where b - 1 = 8 (e + 1074) + j; -b
    is its mirror image. The bounds are exact in binary, so counts are the same on any machine and in any order.
    Numbers too small to be normal count as 0.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("magnitudes", [1.0, 1.1, 2.0, -2.0])
    >>> sketch.counts.tolist()
    [1, 2, 1]
    """

    buckets: Integers
    counts: Integers
    FIELDS: ClassVar[tuple[str, ...]] = ("buckets", "counts")

    def __init__(self, plan: ColumnPlan) -> None:
        super().__init__(plan)
        self.buckets = np.empty(0, np.int64)
        self.counts = np.empty(0, np.int64)

    @classmethod
    def suits(cls, plan: ColumnPlan) -> bool:
        """Columns of numbers, dates left out."""
        return plan.kind is Kind.NUMERIC

    @property
    def n(self) -> int:
        """Numbers in all."""
        return int(self.counts.sum())

    @classmethod
    def is_followed(cls, plan: ColumnPlan) -> bool:  # noqa: ARG003 - as in the base
        """No windowed metric reads it."""
        return False

    def absorb(self, values: ColumnValues) -> None:
        """Fold in finite numbers."""
        if values.tally is not None:
            self._add_batch(self._like(buckets=values.tally.buckets, counts=values.tally.bucket_counts))
            return
        tiny = float(np.finfo(np.float64).tiny)
        below = int(np.searchsorted(values.numbers, -tiny, side="right"))
        above = int(np.searchsorted(values.numbers, tiny, side="left"))
        small, less = _counted(-values.numbers[:below][::-1])
        large, more = _counted(values.numbers[above:])
        none = np.array([above - below] if above > below else [], np.int64)
        buckets = np.concatenate((-small[::-1], 0 * none, large))
        self._add_batch(self._like(buckets=buckets, counts=np.concatenate((less[::-1], none, more))))

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        if not self.counts.size or not other.counts.size:
            return self._like(**(self if self.counts.size else other).state())
        buckets, where = np.unique(np.concatenate((self.buckets, other.buckets)), return_inverse=True)
        counts = np.zeros(buckets.size, np.int64)
        np.add.at(counts, where, np.concatenate((self.counts, other.counts)))
        return self._like(buckets=buckets, counts=counts)

    def quantiles(self, shares: Floats) -> Floats:
        """Values (n,) below which these shares (n,) of the numbers lie, evenly spread inside a bucket; nan if none."""
        if not self.counts.size:
            return np.full(shares.size, np.nan)
        buckets, upto = self.buckets, np.cumsum(self.counts)
        at = np.minimum(np.searchsorted(upto, shares * upto[-1]), buckets.size - 1)
        before = np.where(at > 0, upto[at - 1], 0)
        inside = np.clip((shares * upto[-1] - before) / (upto[at] - before), 0, 1)
        sign = np.sign(buckets[at])
        near, far = _bound(np.abs(buckets[at])), _bound(np.abs(buckets[at]) + 1)
        inside = np.where(sign < 0, 1 - inside, inside)
        found: Floats = np.where(sign == 0, 0.0, sign * (near + (far - near) * inside))
        return found


def _counted(numbers: Floats) -> tuple[Integers, Integers]:
    """Buckets and counts (n,) of sorted positive normal numbers."""
    if not numbers.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    buckets = np.arange(_bucket(numbers[0]), _bucket(numbers[-1]) + 1)
    counts = np.diff(np.searchsorted(numbers, _bound(buckets), side="left"), append=numbers.size)
    filled = np.flatnonzero(counts)
    return buckets[filled], counts[filled]


def _bucket(number: float) -> int:
    mantissa, exponent = np.frexp(number)
    return 1 + PARTS * (int(exponent) - 1 + 1074) + int(mantissa * 2 * PARTS) - PARTS


def _bound(buckets: Integers) -> Floats:
    """Lower bound (n,) of buckets above 0 (n,); the largest float where there is no next one."""
    power, part = np.divmod(np.maximum(buckets, 1) - 1, PARTS)
    with np.errstate(over="ignore"):
        bounds: Floats = np.minimum(np.ldexp(1 + part / PARTS, power - 1074), np.finfo(np.float64).max)
    return bounds
