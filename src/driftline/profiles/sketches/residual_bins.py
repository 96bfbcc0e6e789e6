"""Residuals of a regression by the size of its prediction: where it answers too much, and where too little."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task

_RANGES = 20


@dataclass(init=False, eq=False)
class ResidualBins(TableSketch):
    """Rows (k,), sums (k,) of predictions, and sums (2, k) of residuals and their squares, by ranges of the prediction.

    A residual is prediction minus target, in the target's unit. The up to 20 ranges are of about equal rows of the
    reference; rows whose target or prediction is not finite do not count.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 2.0], "prediction": [1.5, 2.5]}
    >>> sketch = fold_into("residual_bins", rows, model={"task": "regression"})
    >>> int(sketch.counts.sum()), float(sketch.residuals[0].sum())
    (2, 1.0)
    """

    counts: Integers
    sums: Floats
    residuals: Floats
    OF_PARTS: ClassVar[bool] = False
    FIELDS: ClassVar[tuple[str, ...]] = ("counts", "sums", "residuals")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        k = cut_predictions(plan).size + 1
        self.counts, self.sums, self.residuals = np.zeros(k, np.int64), np.zeros(k), np.zeros((2, k))

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with target and prediction."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        columns = (self.plan.require_role(role) for role in (Role.TARGET, Role.PREDICTION))
        target, prediction = rows.finite_pairs(*columns)
        if not target.size:
            return
        edges = cut_predictions(self.plan)
        at = np.searchsorted(edges, prediction, "right")
        with np.errstate(over="ignore", invalid="ignore"):
            residual = prediction - target
            sums, residuals, squares = (
                np.bincount(at, weights=part, minlength=edges.size + 1)
                for part in (prediction, residual, residual * residual)
            )
        counts = np.bincount(at, minlength=edges.size + 1).astype(np.int64)
        self._add_batch(self._like(counts=counts, sums=sums, residuals=np.stack((residuals, squares))))

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._like(
                counts=self.counts + other.counts, sums=self.sums + other.sums,
                residuals=self.residuals + other.residuals,
            )  # fmt: skip


def cut_predictions(plan: Plan) -> Floats:
    """Edges (k - 1,) between ranges of the prediction, of about equal rows of the reference each."""
    edges = plan.require_role(Role.PREDICTION).edges
    picked: Floats = edges[np.unique(np.linspace(0, edges.size - 1, min(_RANGES, edges.size) + 1).astype(int)[1:-1])]
    return picked
