"""Every number of a small column: what makes distances between few rows exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.sketches.base import ColumnSketch
from driftline.profiles.values import ColumnValues


@dataclass(init=False, eq=False)
class Numbers(ColumnSketch):
    """The finite numbers, sorted, as long as they are not more than the plan keeps; beyond, only how many they are.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("numbers", [3, 1, 2])
    >>> sketch.numbers.tolist()
    [1.0, 2.0, 3.0]
    """

    numbers: Floats
    n: int
    FIELDS: ClassVar[tuple[str, ...]] = ("numbers", "n")

    def __init__(self, plan: ColumnPlan) -> None:
        super().__init__(plan)
        self.numbers = np.empty(0)
        self.n = 0

    @classmethod
    def suits(cls, plan: ColumnPlan) -> bool:
        """Columns of numbers whose reference has few rows."""
        return plan.exact > 0

    @property
    def whole(self) -> bool:
        """Whether every number is held."""
        return self.numbers.size == self.n

    def absorb(self, values: ColumnValues) -> None:
        """Fold in finite numbers."""
        n = values.found.size
        numbers = values.numbers + 0.0 if self.n + n <= self.plan.exact else np.empty(0)  # -0.0 becomes 0.0
        self._add_batch(self._like(numbers=numbers, n=n))

    def private(self, *, final: bool, limits: Sequence[float] = ()) -> Self:
        """The numbers rounded, but for edges of the plan."""
        del final, limits
        return self._like(numbers=self.plan.coarsen(self.numbers), n=self.n)

    def merge(self, other: Self) -> Self:
        """Both sides' numbers together."""
        n = self.n + other.n
        numbers = np.concatenate((self.numbers, other.numbers)) if n <= self.plan.exact else np.empty(0)
        return self._like(numbers=np.sort(numbers), n=n)
