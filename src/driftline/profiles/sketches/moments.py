"""Count, mean and central sums of numbers up to the fourth power, with minimum and maximum."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.profiles.plan import NUMBERS, ColumnPlan
from driftline.profiles.sketches.base import ColumnSketch
from driftline.profiles.values import ColumnValues, Tally


@dataclass(init=False, eq=False)
class Moments(ColumnSketch):
    """Central moments that merge without cancellation (Chan, Golub & LeVeque 1979; Pébay 2008).

    `m2`, `m3`, `m4` are sums of powers of deviations from the mean; overflow shows as inf, never as an error.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("moments", [1, 2, 3])
    >>> sketch.n, sketch.mean, sketch.m2, sketch.minimum, sketch.maximum
    (3, 2.0, 2.0, 1.0, 3.0)
    """

    n: int
    mean: float
    m2: float
    m3: float
    m4: float
    minimum: float
    maximum: float
    zeros: int
    negatives: int
    FIELDS: ClassVar[tuple[str, ...]] = ("n", "mean", "m2", "m3", "m4", "minimum", "maximum", "zeros", "negatives")

    def __init__(self, plan: ColumnPlan) -> None:
        super().__init__(plan)
        self.n = self.zeros = self.negatives = 0
        self.mean = self.m2 = self.m3 = self.m4 = 0.0
        self.minimum, self.maximum = float("inf"), float("-inf")

    @classmethod
    def suits(cls, plan: ColumnPlan) -> bool:
        """Columns of numbers."""
        return plan.kind in NUMBERS

    def absorb(self, values: ColumnValues) -> None:
        """Fold in finite numbers."""
        if not values.found.size:
            return
        if values.tally is not None:
            self._add_batch(self._of_tally(values.found.size, values.tally))
            return
        numbers = values.numbers
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(numbers.mean())
            deviations = numbers - mean
            powers = deviations * deviations
            m2 = float(powers.sum())
            m3 = float(np.multiply(powers, deviations, out=deviations).sum())  # no BLAS: its threads would fight ours
            m4 = float(np.multiply(powers, powers, out=powers).sum())
            below = int(np.searchsorted(numbers, 0.0, "left"))
            batch = self._like(
                n=numbers.size, mean=mean, m2=m2, m3=m3, m4=m4, minimum=float(numbers[0]), maximum=float(numbers[-1]),
                zeros=int(np.searchsorted(numbers, 0.0, "right")) - below, negatives=below,
            )  # fmt: skip
        self._add_batch(batch)

    def _of_tally(self, n: int, tally: Tally) -> Self:
        mean, m2, m3, m4, minimum, maximum = tally.facts.tolist()
        return self._like(
            n=n, mean=mean, m2=m2, m3=m3, m4=m4, minimum=minimum, maximum=maximum,
            zeros=tally.zeros, negatives=tally.negatives,
        )  # fmt: skip

    def private(self, *, final: bool, limits: Sequence[float] = ()) -> Self:
        """The smallest and largest number rounded outwards; of fewer rows than are to be kept, once final, the mean."""
        if not self.n:
            return self
        low = self.plan.coarsen_one(self.minimum, -1)
        high = self.plan.coarsen_one(self.maximum, 1)
        low = max((low, *(_beside(limit, self.minimum, 1) for limit in limits if low <= limit <= self.minimum)))
        high = min((high, *(_beside(limit, self.maximum, -1) for limit in limits if self.maximum <= limit <= high)))
        few = final and self.n < self.plan.min_count
        mean = self.plan.coarsen_one(self.mean) if few else self.mean
        return self._like(**self.state() | {"minimum": low, "maximum": high, "mean": mean})

    def merge(self, other: Self) -> Self:
        """Both sides' numbers together."""
        if not self.n or not other.n:
            return self._like(**(self if self.n else other).state())
        n = self.n + other.n
        with np.errstate(over="ignore", invalid="ignore"):
            central = dict(zip(("mean", "m2", "m3", "m4"), self._central(other, n), strict=True))
        return self._like(
            n=n, minimum=min(self.minimum, other.minimum), maximum=max(self.maximum, other.maximum),
            zeros=self.zeros + other.zeros, negatives=self.negatives + other.negatives, **central,
        )  # fmt: skip

    def _central(self, other: Self, n: int) -> tuple[float, ...]:
        a, b = np.float64(self.n), np.float64(other.n)
        gap = np.float64(other.mean) - self.mean
        step = gap / n
        mean = self.mean + step * b
        m2 = self.m2 + other.m2 + gap * step * a * b
        m3 = self.m3 + other.m3 + gap * step**2 * a * b * (a - b) + 3 * step * (a * other.m2 - b * self.m2)
        m4 = (
            self.m4 + other.m4 + gap * step**3 * a * b * (a * a - a * b + b * b)
            + 6 * step**2 * (a * a * other.m2 + b * b * self.m2) + 4 * step * (a * other.m3 - b * self.m3)
        )  # fmt: skip
        return tuple(float(x) for x in (mean, m2, m3, m4))


def _beside(limit: float, number: float, way: int) -> float:
    """A limit, or the next number above (+1) or below (-1) it, so that it is on the same side of it as a number."""
    return limit if number == limit else math.nextafter(limit, way * math.inf)
