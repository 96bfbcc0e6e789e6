"""Rows per clock hour: the reference's rhythm, and the gaps of the current rows."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch, sum_counts
from driftline.types import Role

HOUR = 3_600_000_000.0
_FIRST, _LAST = 0, 1_139_544  # hours since 1970 up to the year 2100: bounds the state, whatever dates arrive


@dataclass(init=False, eq=False)
class Rhythm(TableSketch):
    """Rows per hour since 1970-01-01 00:00 UTC, of the timestamp column; other dates are counted in `outside`.

    >>> from datetime import datetime
    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("rhythm", {"timestamp": [datetime(2024, 1, 1, 7, 5), datetime(2024, 1, 1, 7, 55)]})
    >>> sketch.hours
    {473359: 2}
    """

    hours: dict[int, int]
    outside: int
    OF_PARTS: ClassVar[bool] = False
    FIELDS: ClassVar[tuple[str, ...]] = ("hours", "outside")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.hours = {}
        self.outside = 0

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables with a timestamp."""
        return plan.with_role(Role.TIMESTAMP) is not None

    def absorb(self, rows: Batch) -> None:
        """Fold in the timestamps of one batch."""
        column = self.plan.require_role(Role.TIMESTAMP)
        microseconds = rows.numbers(column)
        microseconds = microseconds[np.isfinite(microseconds)]
        hours = np.floor(microseconds / HOUR)
        inside = hours[(hours >= _FIRST) & (hours < _LAST)].astype(np.int64)
        found, counts = np.unique(inside, return_counts=True)
        self.hours = sum_counts(self.hours, dict(zip(found.tolist(), counts.tolist(), strict=True)))
        self.outside += microseconds.size - inside.size

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(hours=sum_counts(self.hours, other.hours), outside=self.outside + other.outside)
