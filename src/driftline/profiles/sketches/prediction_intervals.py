"""Prediction intervals against the target: how many hold it, and how wide they are."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task


@dataclass(init=False, eq=False)
class PredictionIntervals(TableSketch):
    """Rows whose target is inside, below and above the interval, or whose interval is upside down (`crossed`).

    `mean` and `m2` are of the width over the `n` rows with a target and a finite width; one upside down has width 0.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 5.0], "lower": [0.0, 1.0], "upper": [2.0, 3.0]}
    >>> sketch = fold_into("prediction_intervals", rows, model={"task": "regression"})
    >>> sketch.inside, sketch.above, sketch.mean
    (1, 1, 2.0)
    """

    inside: int
    below: int
    above: int
    crossed: int
    n: int
    mean: float
    m2: float
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("inside", "below", "above", "crossed", "n", "mean", "m2")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.inside = self.below = self.above = self.crossed = self.n = 0
        self.mean = self.m2 = 0.0

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with a target and both ends of an interval."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.LOWER, Role.UPPER)

    @property
    def rows(self) -> int:
        """Rows with a target and both ends."""
        return self.inside + self.below + self.above + self.crossed

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows without a finite target or without an end do not count. Ends may be infinite."""
        target, low, high = (
            rows.numbers(self.plan.require_role(role)) for role in (Role.TARGET, Role.LOWER, Role.UPPER)
        )
        known = np.isfinite(target) & ~np.isnan(low) & ~np.isnan(high)
        target, low, high = target[known], low[known], high[known]
        crossed = low > high
        below, above = (target < low) & ~crossed, (target > high) & ~crossed
        with np.errstate(over="ignore", invalid="ignore"):
            width = np.where(crossed, 0.0, high - low)
        width = width[np.isfinite(width)]
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(width.mean()) if width.size else 0.0
            m2 = float(((width - mean) ** 2).sum())
        counts = {"below": int(below.sum()), "above": int(above.sum()), "crossed": int(crossed.sum())}
        inside = target.size - sum(counts.values())
        self._add_batch(self._like(inside=inside, **counts, n=width.size, mean=mean, m2=m2))

    def merge(self, other: Self) -> Self:
        """Both sides' rows together (Chan, Golub & LeVeque 1979)."""
        counts = {
            name: getattr(self, name) + getattr(other, name) for name in ("inside", "below", "above", "crossed", "n")
        }
        with np.errstate(over="ignore", invalid="ignore"):
            gap, share = np.float64(other.mean) - self.mean, other.n / max(counts["n"], 1)
            return self._like(
                **counts, mean=float(self.mean + gap * share),
                m2=float(self.m2 + other.m2 + gap * gap * (self.n * share)),
            )  # fmt: skip
