"""What rows cost by the formula of the settings: how many, mean and spread."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.rows.costs import make_row_cost
from driftline.profiles.sketches.base import TableSketch


@dataclass(init=False, eq=False)
class RowCosts(TableSketch):
    """Number, mean and sum of squared deviations of the costs of rows, and rows whose cost is no number (`undefined`).

    A row without a value that the formula needs does not count at all: its label may still come.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 2.0, None], "prediction": [1.5, 2.0, 3.0]}
    >>> sketch = fold_into("row_costs", rows, model={"task": "regression"}, row_cost="2 * abs(target - prediction)")
    >>> sketch.n, sketch.mean
    (2, 0.5)
    """

    n: int
    mean: float
    m2: float
    undefined: int
    FIELDS: ClassVar[tuple[str, ...]] = ("n", "mean", "m2", "undefined")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.n = self.undefined = 0
        self.mean = self.m2 = 0.0

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables with a formula of what a row costs (setting `row_cost`)."""
        return plan.config.row_cost is not None

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        formula = make_row_cost(self.plan)
        if formula is None or not rows.height:
            return
        costs, there = formula.values(rows)
        known = np.isfinite(costs)
        undefined, costs = int((there & ~known).sum()), costs[known]
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(costs.mean()) if costs.size else 0.0
            m2 = float(((costs - mean) ** 2).sum())
        self._add_batch(self._like(n=costs.size, mean=mean, m2=m2, undefined=undefined))

    def merge(self, other: Self) -> Self:
        """Both sides' rows together (Chan, Golub & LeVeque 1979)."""
        n = self.n + other.n
        with np.errstate(over="ignore", invalid="ignore"):
            gap, share = np.float64(other.mean) - self.mean, other.n / max(n, 1)
            return self._like(
                n=n, mean=float(self.mean + gap * share), m2=float(self.m2 + other.m2 + gap * gap * (self.n * share)),
                undefined=self.undefined + other.undefined,
            )  # fmt: skip
