"""The time that rows span, without stray dates."""

from typing import Any, Self

import numpy as np

from driftline.arrays import Floats
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan

_SHARE = 0.001
_MOST = 100_000


class TimeRange:
    """The earliest and the latest 100,000 of the finite times (n,) of a column, in microseconds since 1970 UTC.

    Mergeable: the same rows end in the same span in any order and partition.
    """

    def __init__(self, column: ColumnPlan) -> None:
        self.column = column
        self.rows = self.n = 0
        self.earliest = self.latest = np.empty(0)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; a column that is not there gives no times."""
        times = rows.numbers(self.column)
        times = times[np.isfinite(times)] + 0.0
        self._add(rows.height, times.size, times, times)

    def merge(self, other: Self) -> "TimeRange":
        """The span of both sides' rows together."""
        both = TimeRange(self.column)
        for side in (self, other):
            both._add(side.rows, side.n, side.earliest, side.latest)
        return both

    def state(self) -> list[Any]:
        """Plain values for the codec."""
        return [self.rows, self.n, self.earliest, self.latest]

    @classmethod
    def from_state(cls, column: ColumnPlan, state: list[Any]) -> Self:
        """The inverse of `state`."""
        span = cls(column)
        span._add(*state)
        return span

    def ends(self) -> tuple[float, float] | None:
        """First and last time but for the outermost 0.1 % (100,000 rows at most): stray dates do not count."""
        if not self.n:
            return None
        low, high = (int(np.ceil(self.n * share)) - 1 for share in (_SHARE, 1 - _SHARE))
        earliest, latest = np.sort(self.earliest), np.sort(self.latest)
        return float(earliest[min(max(low, 0), earliest.size - 1)]), float(latest[max(latest.size - self.n + high, 0)])

    def _add(self, rows: int, n: int, earliest: Floats, latest: Floats) -> None:
        self.rows += rows
        self.n += n
        self.earliest = -_largest(-self.earliest, -earliest)
        self.latest = _largest(self.latest, latest)


def _largest(ours: Floats, theirs: Floats) -> Floats:
    """The 100,000 largest of both."""
    if ours.size == _MOST:
        theirs = theirs[theirs > ours.min()]
    both = np.concatenate((ours, theirs))
    return both if both.size <= _MOST else np.partition(both, both.size - _MOST)[-_MOST:]
