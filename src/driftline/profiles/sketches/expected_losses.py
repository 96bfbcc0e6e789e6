"""Errors of a regression that its plan's loss model expects: what mean errors are estimated from before labels."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.loss_model import expect_losses
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task


@dataclass(init=False, eq=False)
class ExpectedLosses(TableSketch):
    """Rows (2,) with a finite prediction, and those of them with a label, and sums (2, 2) over each of expected losses.

    Those are |e| and e², where the error e is prediction minus target, in the target's unit.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"x": [0, 1] * 200, "target": [0.0, 3.0] * 150 + [None] * 100, "prediction": [0.0, 0.0] * 200}
    >>> model = {"model": {"task": "regression"}, "estimate": {"loss_model": True}}
    >>> sketch = fold_into("expected_losses", rows, **model)
    >>> sketch.rows.tolist(), sketch.sums.round().tolist()
    ([400, 300], [[600.0, 1800.0], [450.0, 1350.0]])
    """

    rows: Integers
    sums: Floats
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "sums")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.rows = np.zeros(2, np.int64)
        self.sums = np.zeros((2, 2))

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with a loss model."""
        return plan.loss is not None and plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        plan = self.plan
        if plan.loss is None:
            return
        known = np.isfinite(rows.numbers(plan.require_role(Role.PREDICTION)))
        parts = np.stack((known, known & np.isfinite(rows.numbers(plan.require_role(Role.TARGET)))))
        sums = parts.astype(np.float64) @ expect_losses(plan.loss, rows, plan.by_name)
        self._add_batch(self._like(rows=parts.sum(axis=1), sums=sums))

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(rows=self.rows + other.rows, sums=self.sums + other.sums)
