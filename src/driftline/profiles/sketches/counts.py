"""Whole-number counts of a column: rows, missing, NaN, infinite, unreadable."""

from dataclasses import dataclass
from typing import ClassVar, Self

from driftline.profiles.plan import ColumnPlan
from driftline.profiles.sketches.base import ColumnSketch
from driftline.profiles.values import ColumnValues


@dataclass(init=False, eq=False)
class Counts(ColumnSketch):
    """How many rows a column has, and how many of them carry no proper value.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("counts", [1.0, None, float("nan"), float("inf")])
    >>> sketch.rows, sketch.null, sketch.nan, sketch.positive_infinite
    (4, 1, 1, 1)
    """

    rows: int
    null: int
    nan: int
    positive_infinite: int
    negative_infinite: int
    invalid: int
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "null", "nan", "positive_infinite", "negative_infinite", "invalid")

    def __init__(self, plan: ColumnPlan) -> None:
        super().__init__(plan)
        for name in self.FIELDS:
            setattr(self, name, 0)

    @classmethod
    def suits(cls, plan: ColumnPlan) -> bool:
        """Every column."""
        return plan is not None

    @property
    def values(self) -> int:
        """Rows with a proper value."""
        return self.rows - self.null - self.nan - self.positive_infinite - self.negative_infinite - self.invalid

    def absorb(self, values: ColumnValues) -> None:
        """Add one batch's counts."""
        for name in self.FIELDS:
            setattr(self, name, getattr(self, name) + getattr(values, name))

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(**{name: getattr(self, name) + getattr(other, name) for name in self.FIELDS})
