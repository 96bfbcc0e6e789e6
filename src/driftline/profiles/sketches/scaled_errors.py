"""Errors of a regression taken relative to the size of what is predicted."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task


@dataclass(init=False, eq=False)
class ScaledErrors(TableSketch):
    """Rows (2,), mean (2,) and sum of squared deviations (2,) of the symmetric relative and the squared log error.

    The symmetric relative error is 2 |p - t| / (|p| + |t|), 0 where both are 0. The log error is log(1 + p) - log(1 +
    t), over rows where both are above -1; `outside` are the other rows.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 2.0], "prediction": [1.0, 2.0]}
    >>> sketch = fold_into("scaled_errors", rows, model={"task": "regression"})
    >>> sketch.n.tolist(), sketch.mean.tolist()
    ([2, 2], [0.0, 0.0])
    """

    n: Integers
    mean: Floats
    m2: Floats
    outside: int
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("n", "mean", "m2", "outside")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.n = np.zeros(2, np.int64)
        self.mean = np.zeros(2)
        self.m2 = np.zeros(2)
        self.outside = 0

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with target and prediction."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows whose target or prediction is not finite do not count."""
        columns = (self.plan.require_role(role) for role in (Role.TARGET, Role.PREDICTION))
        target, prediction = rows.finite_pairs(*columns)
        if rows.loops:
            symmetric, logs = np.empty(target.size), np.empty(target.size)
            logs = logs[: rows.loops.scaled_errors(target, prediction, symmetric, logs)]
            mean, m2 = np.transpose([rows.loops.spread(part) for part in (symmetric, logs)])
            n = np.array([symmetric.size, logs.size], np.int64)
            self._add_batch(self._like(n=n, mean=mean, m2=m2, outside=target.size - logs.size))
            return
        size = np.maximum(np.abs(target), np.abs(prediction))
        size[size == 0] = 1.0
        p, t = prediction / size, target / size
        total = np.abs(p) + np.abs(t)
        symmetric = 2 * np.abs(p - t) / np.where(total > 0, total, 1.0)
        proper = (target > -1) & (prediction > -1)
        logs = (np.log1p(prediction[proper]) - np.log1p(target[proper])) ** 2
        parts = (symmetric, logs)
        mean = np.array([part.mean() if part.size else 0.0 for part in parts])
        m2 = np.array([((part - middle) ** 2).sum() for part, middle in zip(parts, mean, strict=True)])
        n = np.array([part.size for part in parts], np.int64)
        self._add_batch(self._like(n=n, mean=mean, m2=m2, outside=int(target.size - logs.size)))

    def merge(self, other: Self) -> Self:
        """Both sides' rows together (Chan, Golub & LeVeque 1979)."""
        n, gap = self.n + other.n, other.mean - self.mean
        share = other.n / np.maximum(n, 1)
        return self._like(
            n=n, mean=self.mean + gap * share, m2=self.m2 + other.m2 + gap * gap * self.n * share,
            outside=self.outside + other.outside,
        )  # fmt: skip
