"""Moments of a regression's errors among like rows: what metrics of rows without a label are estimated from."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.rows.alike import count_cells, find_cells
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task

ERROR, SQUARE, CUBE, FOURTH, ANSWER, PRODUCT, RELATIVE, SYMMETRIC, LOGS = (0, 1, 2, 3, 4, 5, 6, 8, 10)
"""Rows of `sums`; each of the last three is followed by that of its squares."""
ALL, NOT_ZERO, ABOVE = range(3)
"""Rows of `labelled`."""


@dataclass(init=False, eq=False)
class ExpectedMoments(TableSketch):
    """Rows (cells,), sums (2, cells) of their answers, and rows (3, cells) and sums (12, cells) of those with a label.

    Cells are of rows alike in prediction and, with a loss model, in expected error. `rows` are those with a finite
    prediction, with or without a label; `answers` are sums of q and q², the prediction centred and scaled as the plan
    does the target. `labelled` are the rows with a label, those whose target is not 0, and those whose prediction and
    target are above -1. `sums` are of e, e², e³, e⁴, q and qe over rows with a label, e being prediction minus target,
    scaled; of |e / t| and its square; of the symmetric relative error 2 |p - t| / (|p| + |t|) and its square; of the
    squared log error (log(1 + p) - log(1 + t))² and its square.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 2.0, None], "prediction": [1.5, 2.0, 3.0]}
    >>> sketch = fold_into("expected_moments", rows, model={"task": "regression"})
    >>> int(sketch.rows.sum()), sketch.labelled.sum(axis=1).tolist(), round(float(sketch.sums[6].sum()), 6)
    (3, [2, 2, 2], 0.5)
    """

    rows: Integers
    answers: Floats
    labelled: Integers
    sums: Floats
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "answers", "labelled", "sums")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        cells = count_cells(plan)
        self.rows = np.zeros(cells, np.int64)
        self.answers = np.zeros((2, cells))
        self.labelled = np.zeros((3, cells), np.int64)
        self.sums = np.zeros((12, cells))

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with target and prediction."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        column, cells = self.plan.require_role(Role.TARGET), self.rows.size
        prediction, target = rows.numbers(self.plan.require_role(Role.PREDICTION)), rows.numbers(column)
        known = np.isfinite(prediction)
        at = find_cells(rows, self.plan)
        if not known.all():
            prediction, target, at = prediction[known], target[known], at[known]
        if not at.size:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            answer = (prediction - column.center) / column.scale
            answers = np.stack([np.bincount(at, part, cells) for part in (answer, answer * answer)])
            own = np.flatnonzero(np.isfinite(target))
            error = (prediction[own] - target[own]) / column.scale
            labelled, sums = self._sum_losses(at[own], prediction[own], target[own], answer[own], error)
        rows_of = np.bincount(at, minlength=cells)
        self._add_batch(self._like(rows=rows_of, answers=answers, labelled=labelled, sums=sums))

    def _sum_losses(
        self, at: Integers, prediction: Floats, target: Floats, answer: Floats, error: Floats
    ) -> tuple[Integers, Floats]:
        """Rows (3, cells) and sums (12, cells) of rows with a label."""
        cells, square = self.rows.size, error * error
        moments = [error, square, square * error, square * square, answer, answer * error]
        size = np.maximum(np.maximum(np.abs(target), np.abs(prediction)), np.finfo(float).tiny)
        p, t = prediction / size, target / size
        gap = np.abs(p - t)
        symmetric = 2 * gap / np.maximum(np.abs(p) + np.abs(t), np.finfo(float).tiny)
        proper, above = target != 0, (target > -1) & (prediction > -1)
        relative = gap[proper] / np.abs(t[proper])
        logs = (np.log1p(prediction[above]) - np.log1p(target[above])) ** 2
        labelled = np.stack([np.bincount(part, minlength=cells) for part in (at, at[proper], at[above])])
        parts = [(at, moment) for moment in moments]
        for own, loss in ((at[proper], relative), (at, symmetric), (at[above], logs)):
            parts += [(own, loss), (own, loss * loss)]
        return labelled, np.stack([np.bincount(own, part, cells) for own, part in parts])

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._like(
                rows=self.rows + other.rows, answers=self.answers + other.answers,
                labelled=self.labelled + other.labelled, sums=self.sums + other.sums,
            )  # fmt: skip
