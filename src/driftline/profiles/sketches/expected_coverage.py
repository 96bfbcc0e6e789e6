"""Prediction intervals among like rows: what their coverage is estimated from before labels, and how wide they are."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.rows.alike import count_cells, find_cells
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task


@dataclass(init=False, eq=False)
class ExpectedCoverage(TableSketch):
    """Rows (cells,) with a prediction and both ends, those with a label (cells,), and those whose interval holds it.

    Cells are of rows alike in prediction and, with a loss model, in expected error. `mean` and `m2` are of the width
    over the `n` rows, with or without a label, whose width is finite; an interval upside down has width 0 and holds
    nothing.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, None], "prediction": [1.0, 2.0], "lower": [0.0, 1.0], "upper": [2.0, 3.0]}
    >>> sketch = fold_into("expected_coverage", rows, model={"task": "regression"})
    >>> int(sketch.rows.sum()), int(sketch.inside.sum()), sketch.mean
    (2, 1, 2.0)
    """

    rows: Integers
    labelled: Integers
    inside: Integers
    n: int
    mean: float
    m2: float
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "labelled", "inside", "n", "mean", "m2")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.rows, self.labelled, self.inside = np.zeros((3, count_cells(plan)), np.int64)
        self.n = 0
        self.mean = self.m2 = 0.0

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with target, prediction and both ends of an interval."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION, Role.LOWER, Role.UPPER)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; ends may be infinite."""
        roles = (Role.TARGET, Role.PREDICTION, Role.LOWER, Role.UPPER)
        target, prediction, low, high = (rows.numbers(self.plan.require_role(role)) for role in roles)
        known = np.isfinite(prediction) & ~np.isnan(low) & ~np.isnan(high)
        at, target, low, high = find_cells(rows, self.plan)[known], target[known], low[known], high[known]
        labelled = np.isfinite(target)
        parts = (at, at[labelled], at[labelled & (low <= target) & (target <= high)])
        own, with_label, inside = (np.bincount(part, minlength=self.rows.size) for part in parts)
        with np.errstate(over="ignore", invalid="ignore"):
            width = np.where(low > high, 0.0, high - low)
            width = width[np.isfinite(width)]
            mean = float(width.mean()) if width.size else 0.0
            m2 = float(((width - mean) ** 2).sum())
        self._add_batch(self._like(rows=own, labelled=with_label, inside=inside, n=width.size, mean=mean, m2=m2))

    def merge(self, other: Self) -> Self:
        """Both sides' rows together (Chan, Golub & LeVeque 1979)."""
        n = self.n + other.n
        with np.errstate(over="ignore", invalid="ignore"):
            gap, share = np.float64(other.mean) - self.mean, other.n / max(n, 1)
            return self._like(
                rows=self.rows + other.rows, labelled=self.labelled + other.labelled, inside=self.inside + other.inside,
                n=n, mean=float(self.mean + gap * share), m2=float(self.m2 + other.m2 + gap * gap * (self.n * share)),
            )  # fmt: skip
