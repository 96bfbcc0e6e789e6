"""The types that a column came in."""

from dataclasses import dataclass
from typing import ClassVar, Self

from driftline.profiles.plan import ColumnPlan
from driftline.profiles.sketches.base import ColumnSketch, sum_counts
from driftline.profiles.values import ColumnValues


@dataclass(init=False, eq=False)
class Dtypes(ColumnSketch):
    """Rows per type.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("dtypes", [1, 2, 3])
    >>> sketch.rows
    {'Int64': 3}
    """

    rows: dict[str, int]
    FIELDS: ClassVar[tuple[str, ...]] = ("rows",)

    def __init__(self, plan: ColumnPlan) -> None:
        super().__init__(plan)
        self.rows = {}

    @classmethod
    def suits(cls, plan: ColumnPlan) -> bool:
        """Every column."""
        return plan is not None

    @classmethod
    def is_followed(cls, plan: ColumnPlan) -> bool:  # noqa: ARG003 - as in the base
        """No windowed metric reads it."""
        return False

    def absorb(self, values: ColumnValues) -> None:
        """Fold in one batch, which has one type, but for words among the numbers of a file without types."""
        types = {values.dtype: values.rows - values.words} | ({"String": values.words} if values.words else {})
        self.rows = sum_counts(self.rows, {dtype: rows for dtype, rows in types.items() if rows})

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(rows=sum_counts(self.rows, other.rows))
