"""Means and covariances of what the errors of a regression are judged by."""

from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task

TERMS = ("error", "absolute", "squared", "target", "target squared")


@dataclass(init=False, eq=False)
class Regression(TableSketch):
    """Mean (5,) and comoments (5, 5) of error, |error|, error², z and z² over rows with target and prediction.

    The error is prediction minus target, in the target's unit; z is the target, centred and scaled as the plan says.
    The relative error |error / target| is kept apart, over rows whose target is not zero.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 2.0], "prediction": [1.5, 2.5]}
    >>> sketch = fold_into("regression", rows, model={"task": "regression"})
    >>> sketch.n, sketch.mean[:2].tolist()
    (2, [0.5, 0.5])
    """

    n: int
    mean: Floats
    comoments: Floats
    n_relative: int
    mean_relative: float
    m2_relative: float
    FIELDS: ClassVar[tuple[str, ...]] = ("n", "mean", "comoments", "n_relative", "mean_relative", "m2_relative")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.n = self.n_relative = 0
        self.mean = np.zeros(len(TERMS))
        self.comoments = np.zeros((len(TERMS), len(TERMS)))
        self.mean_relative = self.m2_relative = 0.0

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with target and prediction."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows whose target or prediction is not finite do not count."""
        column, answer = self.plan.require_role(Role.TARGET), self.plan.require_role(Role.PREDICTION)
        target, prediction = rows.finite_pairs(column, answer)
        if not target.size:
            return
        if rows.loops:
            self._add_batch(self._of_loops(rows.loops, target, prediction, column))
            return
        with np.errstate(over="ignore", invalid="ignore"):
            error = prediction - target
            z = (target - column.center) / column.scale
            terms = np.stack((error, np.abs(error), error * error, z, z * z))
            mean = terms.mean(axis=1)
            gaps = terms - mean[:, None]
            proper = target != 0
            relative = np.abs(error[proper] / target[proper])
            of_relative = float(relative.mean()) if relative.size else 0.0
            batch = self._like(
                n=target.size, mean=mean, comoments=gaps @ gaps.T, n_relative=relative.size,
                mean_relative=of_relative, m2_relative=float(((relative - of_relative) ** 2).sum()),
            )  # fmt: skip
        self._add_batch(batch)

    def _of_loops(self, loops: ModuleType, target: Floats, prediction: Floats, column: ColumnPlan) -> Self:
        mean, comoments, relative = np.zeros(len(TERMS)), np.zeros((len(TERMS), len(TERMS))), np.empty(target.size)
        loops.correlate(target, prediction, column.center, column.scale, mean, comoments)
        n = loops.relative_errors(target, prediction, relative)
        of_relative, m2_relative = loops.spread(relative[:n])
        return self._like(
            n=target.size, mean=mean, comoments=comoments, n_relative=n, mean_relative=of_relative,
            m2_relative=m2_relative,
        )  # fmt: skip

    def merge(self, other: Self) -> Self:
        """Both sides' rows together (Chan, Golub & LeVeque 1979)."""
        n, m = self.n + other.n, self.n_relative + other.n_relative
        gap = other.mean - self.mean
        far = other.mean_relative - self.mean_relative
        with np.errstate(over="ignore", invalid="ignore"):
            return self._like(
                n=n,
                mean=self.mean + gap * (other.n / max(n, 1)),
                comoments=self.comoments + other.comoments + np.outer(gap, gap) * (self.n * other.n / max(n, 1)),
                n_relative=m,
                mean_relative=self.mean_relative + far * (other.n_relative / max(m, 1)),
                m2_relative=self.m2_relative + other.m2_relative
                + far * far * (self.n_relative * other.n_relative / max(m, 1)),
            )  # fmt: skip
