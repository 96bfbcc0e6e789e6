"""Sizes of a regression's errors among like rows: what their quantiles are estimated from before labels."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.rows.alike import count_groups, find_groups
from driftline.profiles.sketches.base import TableSketch
from driftline.stats.expected.errors import expected_quantile
from driftline.types import Role, Task

_REST = 47  # bits of a float64 below those of its octave and of which of 32 steps of that it is in
_STEPS = 2**17  # more than there are steps
_SMALLEST, _LARGEST = float(np.finfo(np.float64).tiny), float(np.finfo(np.float64).max)


@dataclass(init=False, eq=False)
class ExpectedSizes(TableSketch):
    """Rows (groups,), and of those with a label the filled steps (k,) of |e| in each group and their counts (k,).

    Groups are of rows with a like expected error, by the plan's loss model; without one, with a like prediction. The
    error e is prediction minus target. `rows` counts every finite prediction, with or without a label. A step is a
    32nd of an octave; its number is 131,072 times the group plus that of the step, ascending.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 2.0, None], "prediction": [1.5, 3.0, 3.0]}
    >>> sketch = fold_into("expected_sizes", rows, model={"task": "regression"})
    >>> int(sketch.rows.sum()), sketch.counts.tolist()
    (3, [1, 1])
    """

    rows: Integers
    steps: Integers
    counts: Integers
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "steps", "counts")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.rows = np.zeros(count_groups(plan), np.int64)
        self.steps = np.empty(0, np.int64)
        self.counts = np.empty(0, np.int64)

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with target and prediction."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        prediction, target = (rows.numbers(self.plan.require_role(role)) for role in (Role.PREDICTION, Role.TARGET))
        at, known = find_groups(rows, self.plan), np.isfinite(prediction)
        own = np.flatnonzero(known & np.isfinite(target))
        with np.errstate(over="ignore"):
            sizes = np.abs(prediction[own] - target[own]).clip(_SMALLEST, _LARGEST)
        steps, counts = np.unique(at[own] * _STEPS + (sizes.view(np.int64) >> _REST), return_counts=True)
        of_group = np.bincount(at[known], minlength=self.rows.size)
        self._add_batch(self._like(rows=of_group, steps=steps, counts=counts.astype(np.int64)))

    def merge(self, other: Self) -> Self:
        """Sum of both, step by step."""
        steps, where = np.unique(np.concatenate((self.steps, other.steps)), return_inverse=True)
        counts = np.zeros(steps.size, np.int64)
        np.add.at(counts, where, np.concatenate((self.counts, other.counts)))
        return self._like(rows=self.rows + other.rows, steps=steps, counts=counts)

    def find_limits(self, share: float) -> Floats:
        """The size of error (groups,) that such a share of the labelled rows like those of each group stays below."""
        ends, counts = self.table
        alone = np.eye(self.rows.size, dtype=np.int64)
        return np.array([expected_quantile(rows, counts, ends, share)[0] for rows in alone])

    @property
    def table(self) -> tuple[Floats, Floats]:
        """Ends (k + 1,) of the filled steps and of the gaps between them, ascending, and counts (groups, k) in each."""
        group, step = np.divmod(self.steps, _STEPS)
        marks = np.unique(np.concatenate((step, step + 1)))
        ends = (marks << _REST).view(np.float64)
        counts = np.zeros((self.rows.size, marks.size - 1))
        counts[group, np.searchsorted(marks, step)] = self.counts
        return np.minimum(np.where(ends <= _SMALLEST, 0.0, ends), _LARGEST), counts
