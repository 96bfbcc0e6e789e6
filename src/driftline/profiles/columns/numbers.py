"""The numbers of one column, read once in the rows' order: what the values of any part of them are taken from."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.data.decode import TEXTS, as_numbers, clean_texts
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.rounding import snap
from driftline.profiles.values import ColumnValues
from driftline.types import Kind

Rows = slice | Integers
"""Places of rows in a batch."""
ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column's numbers (n,) as float64; `unread` marks rows without one, `null` those without any value (or None)."""

    plan: ColumnPlan
    dtype: str
    whole: bool
    numbers: Floats
    unread: npt.NDArray[np.bool_] | None
    null: npt.NDArray[np.bool_] | None

    @classmethod
    def read(cls, series: pl.Series, plan: ColumnPlan, *, typed: bool = True) -> Self:
        """Read a column; a file that is not `typed` has no types of its own, so its text has the plan's."""
        dtype = plan.column.dtype if not typed and series.dtype == pl.String else str(series.dtype)
        read = as_numbers(series, plan.kind, plan.format, plan.zone)
        unread = null = None
        if read.null_count():
            unread = read.is_null().to_numpy()
            null = (clean_texts(series) if isinstance(series.dtype, TEXTS) else series).is_null().to_numpy()
        return cls(plan, dtype, series.dtype.is_integer(), read.to_numpy(), unread, null)

    def values(self, rows: Rows, height: int) -> ColumnValues:
        """The cleaned values of so many of the rows."""
        plan, numbers = self.plan, self.numbers[rows]
        null = invalid = 0
        if self.unread is not None and self.null is not None:
            unread = self.unread[rows]
            null = int(np.count_nonzero(self.null[rows]))
            invalid = int(np.count_nonzero(unread)) - null
            numbers = numbers[~unread]
        numbers = np.sort(numbers)
        below = above = nan = 0
        if numbers.size and not (np.isfinite(numbers[0]) and np.isfinite(numbers[-1])):
            below = int(np.searchsorted(numbers, -np.inf, "right"))
            end = int(np.searchsorted(numbers, np.inf, "left"))
            nan = int(np.isnan(numbers[end:]).sum())
            above = numbers.size - end - nan
            numbers = numbers[below:end]
        levels = plan.edges if plan.complete else plan.levels
        if levels is not None and plan.kind is Kind.NUMERIC and not self.whole:
            numbers = snap(numbers, levels, plan.scale)
        return ColumnValues(height, null, nan, above, below, invalid, self.dtype, numbers)
