"""Errors of a regression among like rows: what the errors of rows without a label are estimated from."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.loss_model import expected_bins
from driftline.profiles.loops import compiled
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task


@dataclass(init=False, eq=False)
class ExpectedErrors(TableSketch):
    """Rows (bins,) of each bin, those with a label (bins,), and sums (3, bins) of |e|, e² and e⁴.

    Bins are those of the error that the plan's loss model expects; without one, those of the prediction.
    The error e is prediction minus target, in the target's unit. `rows` counts every finite prediction, with or without
    a label.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 2.0, None], "prediction": [1.5, 2.0, 3.0]}
    >>> sketch = fold_into("expected_errors", rows, model={"task": "regression"})
    >>> int(sketch.rows.sum()), int(sketch.labelled.sum()), sketch.sums.sum(axis=1).tolist()
    (3, 2, [0.5, 0.25, 0.0625])
    """

    rows: Integers
    labelled: Integers
    sums: Floats
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "labelled", "sums")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        prediction = plan.with_role(Role.PREDICTION)
        bins = 2 * prediction.edges.size + 1 if prediction else 1
        bins = plan.loss.edges.size + 1 if plan.loss else bins
        self.rows = np.zeros(bins, np.int64)
        self.labelled = np.zeros(bins, np.int64)
        self.sums = np.zeros((3, bins))

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with target and prediction."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        column = self.plan.require_role(Role.PREDICTION)
        prediction, target = rows.numbers(column), rows.numbers(self.plan.require_role(Role.TARGET))
        known = np.isfinite(prediction)
        prediction, target = prediction[known], target[known]
        if self.plan.loss:
            at = expected_bins(self.plan.loss, rows, self.plan.by_name)[known]
        elif rows.loops:
            at = compiled.find_bins(prediction, column)
        else:
            at = column.bins(prediction)
        labelled, bins = np.isfinite(target), self.rows.size
        with np.errstate(over="ignore", invalid="ignore"):
            error = np.abs(prediction[labelled] - target[labelled])
            square = error * error
            powers = error, square, square * square
        own = at[labelled]
        batch = self._like(
            rows=np.bincount(at, minlength=bins),
            labelled=np.bincount(own, minlength=bins),
            sums=np.stack([np.bincount(own, weights=power, minlength=bins) for power in powers]),
        )
        self._add_batch(batch)

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._like(
                rows=self.rows + other.rows, labelled=self.labelled + other.labelled, sums=self.sums + other.sums
            )
