"""The labels of one column, told apart once: what the values of any part of its rows are counted from."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import polars as pl

from driftline.arrays import Integers
from driftline.data.decode import as_labels, drop_nulls, is_nested
from driftline.profiles.columns.numbers import ALL, Rows
from driftline.profiles.loops import compiled
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.values import ColumnValues

FEW_ROWS = 500  # whose values are looked up one by one faster than by a query


class Distinct:
    """The different values (k,) of a column, null left out, with the rows of each; a column is read once, if at all."""

    def __init__(self, series: pl.Series) -> None:
        self._series = series
        loops = compiled.loops(series.len()) if series.dtype == pl.String else None
        counted = compiled.count_texts(loops, series) if loops else None
        if counted is None:
            counted = drop_nulls(series).alias("label").value_counts(name="rows in all")
        self.values, counts = counted
        self._counts = counts.cast(pl.Int64).to_numpy()

    @cached_property
    def _places(self) -> Integers:
        """The place (n,) of each row's value among the different ones, counted from 1; 0 where there is none."""
        if self._series.len() <= FEW_ROWS and not self._series.dtype.is_float():  # NaN is not equal to itself
            place_of = {value: place for place, value in enumerate(self.values.to_list(), 1)}
            return np.array([place_of.get(value, 0) for value in self._series.to_list()], np.uint32)
        places = pl.Series(range(1, self.values.len() + 1), dtype=pl.UInt32)
        return self._series.replace_strict(self.values, places, default=0, return_dtype=pl.UInt32).to_numpy()

    def count(self, rows: Rows = ALL) -> Integers:
        """How many of these rows (k,) have each value."""
        if isinstance(rows, slice) and rows == ALL:
            return self._counts
        return np.bincount(self._places[rows], minlength=self.values.len() + 1)[1:]


class Labels:
    """A column's different values as `names` (k,), None where that is no label; of a plan with categories by place."""

    def __init__(self, plan: ColumnPlan, distinct: Distinct, names: Sequence[str | None], dtype: str) -> None:
        self._distinct, self._dtype = distinct, dtype
        self._names = np.array(names, object)
        labelled = np.array([name is not None for name in names], bool)
        places = np.full(len(names), -1)
        if plan.categories:
            places[labelled] = plan.places(self._names[labelled].tolist())
        self._known = np.flatnonzero(places >= 0)
        self._categories, self._at = len(plan.categories), places[self._known]
        self._strange = np.flatnonzero(labelled & (places < 0))
        self._words = np.zeros(len(names), bool)
        values = distinct.values
        self._nan = values.is_nan().to_numpy() if values.dtype.is_float() else np.zeros(len(names), bool)

    @classmethod
    def read(cls, plan: ColumnPlan, distinct: Distinct, *, dtype: str, typed: bool = True) -> "Labels":
        """The labels that the plan makes of values; in a file that is not `typed`, they have the plan's type.

        There, words among numbers are counted, since the plan's type is not theirs.
        """
        names = as_labels(distinct.values, plan.kind, numbers=plan.of_numbers).to_list()
        labels = cls(plan, distinct, names, dtype if typed else plan.column.dtype)
        if not typed and plan.of_numbers:
            labels._words[labels._strange] = [not _is_number(labels._names[at]) for at in labels._strange]
        return labels

    def values(self, rows: Rows, height: int) -> ColumnValues:
        """The cleaned values of so many of the rows."""
        counts = self._distinct.count(rows)
        known = np.zeros(self._categories, np.int64)
        np.add.at(known, self._at, counts[self._known])
        strange = self._strange[counts[self._strange] > 0]
        own = counts[strange]
        nan = int(counts[self._nan].sum())
        null = height - nan - int(known.sum()) - int(own.sum())
        return ColumnValues(
            height, null, nan, dtype=self._dtype, known=known, labels=self._names[strange].tolist(), counts=own,
            words=int(counts[self._words].sum()),
        )  # fmt: skip


def as_distinct(series: pl.Series, plan: ColumnPlan) -> Distinct:
    """The different values of a column; of lists, structs and bytes those of their texts."""
    return Distinct(as_labels(series, plan.kind) if is_nested(series.dtype) else series)


def _is_number(label: str) -> bool:
    return label.replace(".", "").lstrip("-").isdecimal()
