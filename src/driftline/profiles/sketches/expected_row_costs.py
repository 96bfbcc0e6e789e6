"""What rows would cost as either class, by score, with or without a label: what the cost of a row is estimated from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.rows.costs import find_classes, make_row_cost
from driftline.profiles.sketches.base import TableSketch
from driftline.profiles.sketches.base_answers import is_probability
from driftline.types import Role


@dataclass(init=False, eq=False)
class ExpectedRowCosts(TableSketch):
    """Number, mean and sum of squared deviations (2, bins) of what rows cost if negative, and if positive.

    Bins are those of the score's edges. A row with a score in 0 to 1 counts in both classes, whether or not it has a
    label, but not in one as which its cost is no number.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [0, 1, None], "score": [0.1, 0.9, 0.4], "amount": [30.0, 10.0, 20.0]}
    >>> cost = "amount if target == 1 and score < 0.5 else 4 if target == 0 and score >= 0.5 else 0"
    >>> sketch = fold_into("expected_row_costs", rows, row_cost=cost)
    >>> sketch.n.sum(axis=1).tolist(), (sketch.n * sketch.mean).sum(axis=1).tolist()
    ([3, 3], [4.0, 50.0])
    """

    n: Integers
    mean: Floats
    m2: Floats
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("n", "mean", "m2")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        score = plan.with_role(Role.SCORE)
        shape = 2, 2 * score.edges.size + 1 if score else 1
        self.n = np.zeros(shape, np.int64)
        self.mean, self.m2 = np.zeros(shape), np.zeros(shape)

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Binary classifications with a score and a formula of what a row costs (setting `row_cost`) by its target."""
        return plan.with_role(Role.SCORE) is not None and find_classes(plan) is not None

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; what it has for labels is not read."""
        if not rows.height:
            return
        column, bins = self.plan.require_role(Role.SCORE), self.n.shape[1]
        score, costs = rows.numbers(column), rows.once("cost as either class", self._cost_by_class)
        known = np.isfinite(costs) & is_probability(score)[:, None]
        cells, each = (rows.bins(column, 0, 1)[:, None] + [0, bins])[known], costs[known]
        n = np.bincount(cells, minlength=2 * bins)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = np.bincount(cells, each, 2 * bins) / np.maximum(n, 1)
            m2 = np.bincount(cells, (each - mean[cells]) ** 2, 2 * bins)
        self._add_batch(self._like(n=n.reshape(2, bins), mean=mean.reshape(2, bins), m2=m2.reshape(2, bins)))

    def _cost_by_class(self, rows: Batch) -> Floats:
        """What each row (height, 2) costs if it is negative, and if it is positive; NaN where that is no number."""
        formula, classes = make_row_cost(self.plan), find_classes(self.plan)
        if formula is None or classes is None:
            return np.full((rows.height, 2), np.nan)
        target = self.plan.require_role(Role.TARGET)
        return np.stack([formula.values_if(rows, target, label) for label in classes], axis=1)

    def private(self, *, final: bool, limits: Sequence[float] = ()) -> Self:
        """Once final, means of fewer rows than are kept of a value have three digits."""
        del limits
        few = (self.n > 0) & (self.n < self.plan.config.privacy.fewest)
        if not final or not few.any():
            return self
        mean = self.mean.copy()
        mean[few] = [float(f"{one:.3g}") for one in mean[few].tolist()]
        return self._like(n=self.n, mean=mean, m2=self.m2)

    def merge(self, other: Self) -> Self:
        """Both sides' rows together (Chan, Golub & LeVeque 1979)."""
        n = self.n + other.n
        with np.errstate(over="ignore", invalid="ignore"):
            gap, share = other.mean - self.mean, other.n / np.maximum(n, 1)
            mean, m2 = self.mean + gap * share, self.m2 + other.m2 + gap * gap * (self.n * share)
        return self._like(n=n, mean=mean, m2=m2)
