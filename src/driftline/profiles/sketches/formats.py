"""Rows, file formats, and the columns that the plan does not know."""

from dataclasses import dataclass
from typing import ClassVar, Self

from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch, sum_counts


@dataclass(init=False, eq=False)
class Formats(TableSketch):
    """Number of rows, rows per file format, and rows per "name: type" of each column that is not in the plan.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("formats", [1, 2, 3])
    >>> sketch.rows, sketch.files
    (3, {'memory': 3})
    """

    rows: int
    files: dict[str, int]
    strangers: dict[str, int]
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "files", "strangers")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.rows = 0
        self.files = {}
        self.strangers = {}

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Every table."""
        return plan is not None

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        n, known = rows.height, self.plan.by_name
        strangers = {f"{name}: {dtype}": n for name, dtype in rows.dtypes.items() if name not in known}
        self._add_batch(self._like(rows=n, files={rows.file: n}, strangers=strangers))

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(
            rows=self.rows + other.rows,
            files=sum_counts(self.files, other.files),
            strangers=sum_counts(self.strangers, other.strangers),
        )
