"""The numbers of one column, read once in the rows' order: what the values of any part of them are taken from."""

from functools import cached_property
from typing import overload

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.data.decode import TEXTS, as_numbers, clean_texts
from driftline.profiles.loops import compiled
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.rounding import snap
from driftline.profiles.values import ColumnValues
from driftline.types import Kind

Rows = slice | Integers
"""Places of rows in a batch."""
ALL = slice(None)


@overload
def find_places(rows: Rows, places: Integers) -> Integers: ...
@overload
def find_places(rows: Rows, places: Rows) -> Rows: ...
def find_places(rows: Rows, places: Rows) -> Rows:
    """Places among some of the rows, as places among all."""
    if isinstance(rows, slice):
        start = rows.start or 0
        return slice(places.start + start, places.stop + start) if isinstance(places, slice) else places + start
    return rows[places]


class Numbers:
    """A column's numbers as the plan reads them; a file that is not `typed` has the plan's type where it has text."""

    def __init__(self, series: pl.Series, plan: ColumnPlan, *, typed: bool = True) -> None:
        self._plan = plan
        self._dtype = plan.column.dtype if not typed and series.dtype == pl.String else str(series.dtype)
        self._series = series
        self._read = as_numbers(series, plan.kind, plan.format, plan.zone)
        levels = plan.edges if plan.complete else plan.levels
        whole = series.dtype.is_integer()  # whole numbers are never one another
        self._levels = None if plan.kind is not Kind.NUMERIC or whole else levels

    @cached_property
    def _numbers(self) -> Floats:
        """The numbers (n,); NaN where there is none."""
        return self._read.to_numpy()

    @cached_property
    def _cleaned(self) -> pl.Series:
        """The column; of texts those that say that there is no value are null."""
        return clean_texts(self._series) if isinstance(self._series.dtype, TEXTS) else self._series

    @cached_property
    def _missing(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None:
        """Marks of rows (n,) without a number, and of those (n,) without any value; None where each has a number."""
        if not self._read.null_count():
            return None
        return self._read.is_null().to_numpy(), self._cleaned.is_null().to_numpy()

    def values(self, rows: Rows, height: int) -> ColumnValues:
        """The cleaned values of so many of the rows."""
        loops = compiled.loops(height)
        if loops and isinstance(rows, slice) and rows == ALL:
            found, (nan, above, below), tally = compiled.tally(loops, self._read, self._plan, self._levels)
            null = self._cleaned.null_count()
            invalid = self._read.null_count() - null
            return ColumnValues(height, null, nan, above, below, invalid, self._dtype, found, tally=tally)
        null = invalid = 0
        unread = None
        if self._missing is not None:
            unread = self._missing[0][rows]
            null = int(np.count_nonzero(self._missing[1][rows]))
            invalid = int(np.count_nonzero(unread)) - null
        if loops:
            given = pl.Series(self._numbers[rows])
            found, (nan, above, below), tally = compiled.tally(loops, given, self._plan, self._levels)
            nan -= null + invalid
            return ColumnValues(height, null, nan, above, below, invalid, self._dtype, found, tally=tally)
        numbers = self._numbers[rows]
        numbers = np.sort(numbers if unread is None else numbers[~unread])
        below = above = nan = 0
        if numbers.size and not (np.isfinite(numbers[0]) and np.isfinite(numbers[-1])):
            below = int(np.searchsorted(numbers, -np.inf, "right"))
            end = int(np.searchsorted(numbers, np.inf, "left"))
            nan = int(np.isnan(numbers[end:]).sum())
            above = numbers.size - end - nan
            numbers = numbers[below:end]
        if self._levels is not None:
            numbers = snap(numbers, self._levels, self._plan.scale)
        return ColumnValues(height, null, nan, above, below, invalid, self._dtype, numbers)
