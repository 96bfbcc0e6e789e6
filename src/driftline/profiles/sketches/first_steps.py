"""The earliest rows of a series: what the naive forecast is measured on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task

MOST = 4096
_END = 2.0**62


@dataclass(init=False, eq=False)
class FirstSteps(TableSketch):
    """Times (r,) in microseconds since 1970 UTC, ascending, and targets (r,) of the earliest 4,096 rows.

    Rows of the same time are in the order of their targets, so any split of the rows ends in the same state.

    >>> from datetime import date
    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [3.0, 1.5], "prediction": [3.0, 1.5], "timestamp": [date(2024, 1, 2), date(2024, 1, 1)]}
    >>> sketch = fold_into("first_steps", rows, model={"task": "regression"})
    >>> sketch.targets.tolist()
    [1.5, 3.0]
    """

    times: Integers
    targets: Floats
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("times", "targets")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.times = np.empty(0, np.int64)
        self.targets = np.empty(0)

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with target, prediction and time."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION, Role.TIMESTAMP)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows whose target or time is not known do not count."""
        target, time = (
            rows.numbers(self.plan.require_role(Role.TARGET)) + 0.0,
            rows.numbers(self.plan.require_role(Role.TIMESTAMP)),
        )
        known = np.isfinite(target) & (np.abs(time) < _END)
        times, targets = time[known].astype(np.int64), target[known]
        if self.times.size == MOST:
            near = times <= self.times[-1]
            times, targets = times[near], targets[near]
        if times.size > MOST:
            near = times <= np.partition(times, MOST - 1)[MOST - 1]
            times, targets = times[near], targets[near]
        if times.size:
            self._add_batch(self._like(times=times, targets=targets))

    def private(self, *, final: bool, limits: Sequence[float] = ()) -> Self:
        """The targets rounded, but for edges of the plan."""
        del final, limits
        targets = self.plan.require_role(Role.TARGET).coarsen(self.targets)
        return self._like(times=self.times, targets=targets)

    def merge(self, other: Self) -> Self:
        """The earliest rows of both."""
        for early, late in ((self, other), (other, self)):
            if early.times.size == MOST and (late.times[:1] > early.times[-1]).all():
                return self._like(times=early.times, targets=early.targets)
        times, targets = np.concatenate((self.times, other.times)), np.concatenate((self.targets, other.targets))
        order = np.lexsort((targets, times))[:MOST]
        return self._like(times=times[order], targets=targets[order])

    def naive_error(self) -> float:
        """Mean absolute step of the target from one time to the next (rows of one time count by their mean), or nan."""
        _, first, rows = np.unique(self.times, return_index=True, return_counts=True)
        if first.size < 2:
            return float("nan")
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.abs(np.diff(np.add.reduceat(self.targets, first) / rows)).mean())
