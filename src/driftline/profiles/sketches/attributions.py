"""How large the attributions of the features are: what a model goes by, as its explanations say."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role


@dataclass(init=False, eq=False)
class Attributions(TableSketch):
    """Rows in which all attributions are finite, and sums (m,) and sums of squares (m,) of their sizes there.

    The m columns are those whose role is attribution, in the plan's order.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"shap_km": [1.0, -2.0, 3.0], "shap_rain": [0.5, 0.0, None]}
    >>> sketch = fold_into("attributions", rows, attributions="shap_")
    >>> sketch.rows, sketch.sums.tolist(), sketch.squares.tolist()
    (2, [3.0, 0.5], [5.0, 0.25])
    """

    rows: int
    sums: Floats
    squares: Floats
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "sums", "squares")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.rows = 0
        self.sums, self.squares = (np.zeros(len(columns(plan))) for _ in range(2))

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables with columns of attributions."""
        return bool(columns(plan))

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        with np.errstate(over="ignore", invalid="ignore"):
            sizes = np.abs(np.stack([rows.numbers(column) for column in columns(self.plan)]))
            sizes = sizes[:, np.isfinite(sizes).all(axis=0)]
            squares = (sizes * sizes).sum(axis=1)
        self._add_batch(self._like(rows=sizes.shape[1], sums=sizes.sum(axis=1), squares=squares))

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(
            rows=self.rows + other.rows, sums=self.sums + other.sums, squares=self.squares + other.squares
        )

    def means(self) -> tuple[Floats, Floats]:
        """The mean size (m,) of each column's attributions, and the variance (m,) of that mean; nan of no rows."""
        if not self.rows:
            return np.full(self.sums.size, np.nan), np.full(self.sums.size, np.nan)
        mean = self.sums / self.rows
        spread = np.maximum(self.squares - self.rows * mean**2, 0.0)
        return mean, spread / (max(self.rows - 1, 1) * self.rows)


def columns(plan: Plan) -> list[ColumnPlan]:
    """The columns that hold attributions."""
    return [column for column in plan.columns if column.role is Role.ATTRIBUTION]
