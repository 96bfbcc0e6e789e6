"""Rows in the order of time, each with the numbers that a change detector follows."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats, Integers
from driftline.config.checks import Check
from driftline.config.detectors import LOSS, OF_MODEL
from driftline.data.hashing import Hashes
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, NUMBERS, Plan
from driftline.profiles.privacy.coarse import coarse
from driftline.profiles.rows.losses import measure_rows
from driftline.profiles.segments.find import find_segment
from driftline.profiles.segments.splits import make_splits
from driftline.profiles.sketches.base import TableSketch
from driftline.profiles.sketches.base_samples import merge_smallest
from driftline.types import Role, Task

MOST = 10_000


@dataclass(init=False, eq=False)
class RowSeries(TableSketch):
    """Time (n,) and numbers (n, series) of the different rows with the smallest hashes, 10,000 at most, with counts.

    The series are those of the setting `detectors: rows`, once each. Rows are told apart by the hash of all their
    numbers and labels; those without a number in any series, as of another segment, are left out. Where there are more
    than 10,000, those that are kept are a uniform sample (bottom-k; Cohen & Kaplan 2007): one of so many observations,
    in their order. Numbers are rounded as `privacy` rounds numbers. Times are microseconds since 1970 UTC, 0 where
    there are none.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 2.0, 4.0], "prediction": [1.5, 2.0, 3.0], "timestamp": ["2024-01-02", "2024-01-01", ""]}
    >>> sketch = fold_into("row_series", rows, detectors=[{"detector": "cusum", "rows": "error"}])
    >>> sketch.series("error")[1].tolist()
    [0.0, 0.5]
    """

    hashes: Hashes
    counts: Integers
    times: Floats
    numbers: Floats
    FIELDS: ClassVar[tuple[str, ...]] = ("hashes", "counts", "times", "numbers")
    OF_PARTS: ClassVar[bool] = False

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.hashes = np.empty(0, np.uint64)
        self.counts = np.empty(0, np.int64)
        self.times = np.empty(0)
        self.numbers = np.empty((0, len(series_of(plan))))

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables of which a detector follows the rows (setting `detectors`)."""
        return bool(series_of(plan))

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows without a time, or without any of the numbers, do not count."""
        own = [c for c in self.plan.columns if c.role is not Role.IGNORED and c.source is None]
        time = self.plan.with_role(Role.TIMESTAMP)
        times = rows.numbers(time) if time else np.zeros(rows.height)
        numbers = np.stack([self._numbers(rows, name) for name in series_of(self.plan)], axis=1)
        hashes = rows.hashes([c for c in own if c.kind in NUMBERS or c.kind in LABELS])
        chosen = np.flatnonzero(np.isfinite(times) & ~np.isnan(numbers).all(axis=1))
        unique, first, counts = np.unique(hashes[chosen], return_index=True, return_counts=True)
        at = chosen[first[:MOST]]
        batch = self._like(
            hashes=unique[:MOST], counts=counts[:MOST].astype(np.int64), times=times[at], numbers=numbers[at]
        )
        self._add_batch(batch)

    def _numbers(self, rows: Batch, name: str) -> Floats:
        """The numbers (n,) of a series as they are kept: rounded, NaN where there is no finite one."""
        target, watched = self.plan.with_role(Role.TARGET), _watched(self.plan)[name]
        name = watched.subject
        made = measure_rows(rows, self.plan, name) if name in OF_MODEL else rows.numbers(self.plan.by_name[name])
        finite = np.isfinite(made)
        if watched.where is not None:
            finite &= _are_in(rows, find_segment(watched, self.plan), self.plan)
        kept = np.full(made.size, np.nan)
        if name not in OF_MODEL:
            kept[finite] = self.plan.by_name[name].coarsen(made[finite])
        elif self.plan.task is Task.REGRESSION and target and target.min_count > 1:
            kept[finite] = coarse(made[finite], 0.0, target.scale**2 if name == LOSS else target.scale)
        else:
            kept[finite] = made[finite]
        return kept

    def merge(self, other: Self) -> Self:
        """The smallest hashes of both."""
        hashes, counts, kept = merge_smallest(self, other, MOST)
        return self._like(
            hashes=hashes, counts=counts, times=np.concatenate((self.times, other.times))[kept],
            numbers=np.concatenate((self.numbers, other.numbers))[kept],
        )  # fmt: skip

    def series(self, name: str) -> tuple[Floats, Floats]:
        """Times (n,) and numbers (n,) of one series, in the order of time, and where that is equal of the hashes.

        Equal rows come as often as they did, as long as there are 10,000 of all.
        """
        numbers = self.numbers[:, series_of(self.plan).index(name)]
        counts = self.counts if self.counts.sum() <= MOST else np.minimum(self.counts, 1)
        places = np.repeat(np.arange(counts.size), counts)
        places = places[np.isfinite(numbers[places])]
        order = places[np.lexsort((self.hashes[places], self.times[places]))]
        return self.times[order], numbers[order]


def series_of(plan: Plan) -> tuple[str, ...]:
    """The series of rows that detectors follow, each once."""
    return tuple(_watched(plan))


def _watched(plan: Plan) -> dict[str, Check]:
    """What is followed of rows, and in which segment, by the name of the series."""
    return {one.rows: one.watched for one in plan.config.detectors if one.rows}


def _are_in(rows: Batch, segment: str, plan: Plan) -> npt.NDArray[np.bool_]:
    """Whether each row (n,) is in a segment."""
    split = next(own for own in make_splits(plan) if own.has(segment))
    if not split.suits(rows.frame.columns):
        return np.zeros(rows.height, np.bool_)
    inside: npt.NDArray[np.bool_] = split.segments_of(rows).eq_missing(segment).to_numpy()
    return inside
