"""Sums of products of pairs of numeric columns, over rows in which both are there."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from driftline.arrays import Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Kind, Role

Steps = npt.NDArray[np.float32]

MOST = 40
_ENOUGH = 8192
_LEVELS = 7
_STEPS, _REACH = 16, 4  # steps of a standard deviation; standard deviations that a value counts at most
_QUARTER = _STEPS * _STEPS / 4
_BLOCK = 4096  # rows: sums of as many products of such steps are exact in float32
_PRODUCTS = 2**18  # products of as many numbers are left to one thread by OpenBLAS, whose threads would fight ours
_LEVEL = np.array([min(_LEVELS - 1, (12 - int(top).bit_length()) // 2) for top in range(4096)], np.int8)


@dataclass(init=False, eq=False)
class Comoments(TableSketch):
    """Per level, for the d first numeric columns, 40 at most: pairs, sums of x, x², x y, u and u v where y is there.

    `sums` are (6, d, d) of each level; u is x² in quarters, v is y² likewise. A value is counted in sixteenths of the
    plan's robust standard deviation from the plan's median, four deviations at most, so all sums are whole numbers: the
    same in any order. A row's level is drawn by its hash, each a quarter as likely as the one before. The lower levels
    are passed over once 8,192 rows are of higher ones (adaptive sampling; Flajolet 1990), so many rows cost no more
    than few. `rows` (7,) are all rows by level.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("comoments", {"x": [1.0, 2.0, 3.0, 4.0], "y": [4.0, 3.0, 2.0, 1.0]})
    >>> int(sketch.rows.sum())
    4
    """

    rows: Integers
    sums: dict[int, Integers]
    OF_PARTS: ClassVar[bool] = False
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "sums")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.rows = np.zeros(_LEVELS, np.int64)
        self.sums = {}

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables with at least two numeric columns."""
        return len(columns(plan)) > 1

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        level = np.zeros(rows.height, np.int8)
        if self.plan.keys:
            level = _LEVEL[(rows.hashes(self.plan.keys) >> np.uint64(52)).astype(np.int64)]
        counts = np.bincount(level, minlength=_LEVELS)
        first = _first(self.rows + counts)
        part = rows.where(level >= first, columns(self.plan)) if first else rows
        order = np.argsort(level[level >= first], kind="stable")
        steps = self._steps(part)[:, order]
        ends = np.concatenate(([0], np.cumsum(counts[first:])))
        sums = {first + i: _sums(steps[:, ends[i] : ends[i + 1]]) for i in np.flatnonzero(counts[first:]).tolist()}
        self._add_batch(self._like(rows=counts, sums=sums))

    def merge(self, other: Self) -> Self:
        """Sum of both, of the levels that both together still need."""
        rows = self.rows + other.rows
        first = _first(rows)
        ours, theirs = ({k: v for k, v in side.sums.items() if k >= first} for side in (self, other))
        sums = {
            k: ours[k] + theirs[k] if k in ours and k in theirs else ours.get(k, theirs.get(k))
            for k in sorted(ours | theirs)
        }
        return self._like(rows=rows, sums=sums)

    def total(self) -> Integers:
        """The sums (6, d, d) over the levels that are held."""
        d = len(columns(self.plan))
        return sum(self.sums.values(), np.zeros((6, d, d), np.int64))

    def _steps(self, rows: Batch) -> Steps:
        """Steps (d, rows) of the values from the median; NaN where there is none."""
        found = np.empty((len(columns(self.plan)), rows.height), np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            for at, column in enumerate(columns(self.plan)):
                numbers = rows.numbers(column)
                steps = (numbers - column.center) * (_STEPS / column.scale)
                found[at] = np.rint(np.clip(steps, -_STEPS * _REACH, _STEPS * _REACH))
                found[at][~np.isfinite(numbers)] = np.nan
        return found


def columns(plan: Plan) -> list[ColumnPlan]:
    """The columns whose correlations are known."""
    usual = {Role.FEATURE, Role.TARGET, Role.PREDICTION, Role.SCORE, Role.SEGMENT}
    return [c for c in plan.columns if c.kind is Kind.NUMERIC and c.source is None and c.role in usual][:MOST]


def _first(rows: Integers) -> int:
    """The highest level from which on there are rows enough, else the lowest."""
    upward = np.cumsum(rows[::-1])[::-1]
    return int(np.max(np.flatnonzero(upward >= _ENOUGH), initial=0))


def _sums(steps: Steps) -> Integers:
    total = np.zeros((6, len(steps), len(steps)), np.int64)
    block = min(_BLOCK, max(_PRODUCTS // len(steps) ** 2, 1))
    for start in range(0, steps.shape[1], block):
        part = steps[:, start : start + block]
        there = (part == part).astype(np.float32)  # noqa: PLR0124 - not true of NaN only
        x = np.nan_to_num(part)
        squares = x * x
        u = np.rint(squares / _QUARTER)
        sums = there @ there.T, x @ there.T, squares @ there.T, x @ x.T, u @ there.T, u @ u.T
        total += np.stack(sums).astype(np.int64)
    return total
