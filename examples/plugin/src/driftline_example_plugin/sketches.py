"""A mergeable state: how many of a column's numbers are whole."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.profiles.plan import ColumnPlan
from driftline.profiles.sketches.base import ColumnSketch
from driftline.profiles.values import ColumnValues
from driftline.types import Kind


@dataclass(init=False, eq=False)
class WholeNumbers(ColumnSketch):
    """Finite numbers, and how many of them have no fraction."""

    numbers: int
    whole: int
    FIELDS: ClassVar[tuple[str, ...]] = ("numbers", "whole")

    def __init__(self, plan: ColumnPlan) -> None:
        super().__init__(plan)
        self.numbers = self.whole = 0

    @classmethod
    def suits(cls, plan: ColumnPlan) -> bool:
        """Columns of numbers, but not of dates."""
        return plan.kind is Kind.NUMERIC

    def absorb(self, values: ColumnValues) -> None:
        """Count the finite numbers of one batch."""
        numbers = values.numbers
        self.numbers += numbers.size
        self.whole += int((numbers == np.floor(numbers)).sum())

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(numbers=self.numbers + other.numbers, whole=self.whole + other.whole)
