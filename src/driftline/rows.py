"""A batch of rows, decoded column by column: the only place where a table's types become numbers and labels."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import polars as pl

from driftline.plan import NUMBERS, ColumnPlan, Floats
from driftline.types import Kind, Role
from driftline.values import Values

_EXACT = 2**53
_TRUTH = {"1": "true", "0": "false"}


class Rows:
    """One batch of rows of one file format."""

    def __init__(self, frame: pl.DataFrame, file: str = "") -> None:
        self.frame = frame
        self.file = file

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.frame.height

    @cached_property
    def dtypes(self) -> dict[str, str]:
        """Type of each column, as text."""
        return {name: str(dtype) for name, dtype in self.frame.schema.items()}

    def values(self, plan: ColumnPlan) -> Values:
        """The cleaned values of one column; a column that is not there gives none."""
        if plan.name not in self.frame.columns:
            return Values(0)
        series = self.frame.get_column(plan.name)
        if plan.kind in NUMBERS:
            return _sorted(series, plan)
        if plan.role is Role.ID and series.dtype.is_integer() and _small(series):
            return _sorted(series, plan)
        return _counted(series, plan)

    def numbers(self, plan: ColumnPlan) -> Floats:
        """The column as float64 (height,), in the rows' order; NaN where there is no number."""
        if plan.name not in self.frame.columns:
            return np.full(self.height, np.nan)
        return as_numbers(self.frame.get_column(plan.name), plan.kind).fill_null(float("nan")).to_numpy()

    def labels(self, plan: ColumnPlan) -> pl.Series:
        """The column as text in the rows' order; null where there is no value."""
        if plan.name not in self.frame.columns:
            return pl.Series(plan.name, [None] * self.height, dtype=pl.String)
        return as_labels(self.frame.get_column(plan.name), plan.kind)

    def truths(self, target: ColumnPlan, positive: str | None) -> Floats:
        """1 where the target is the positive class, 0 where it is another, NaN where it is not known (height,)."""
        return (self.labels(target) == positive).cast(pl.Float64).fill_null(float("nan")).to_numpy()

    def pairs(self, target: ColumnPlan, answers: pl.Series) -> Iterator[tuple[str, str, int]]:
        """Each pair of true and answered label, with its number of rows; rows lacking either do not count."""
        pairs = pl.DataFrame({"true": self.labels(target), "answer": answers}).drop_nulls()
        yield from pairs.group_by("true", "answer").len().iter_rows()


def _small(series: pl.Series) -> bool:
    largest, smallest = series.max(), series.min()
    return isinstance(largest, int) and isinstance(smallest, int) and -_EXACT <= smallest and largest <= _EXACT


def as_numbers(series: pl.Series, kind: Kind) -> pl.Series:
    """The column as Float64; what cannot be read as a number of that kind becomes null.

    Datetimes become microseconds since 1970 UTC, durations seconds.
    """
    dtype = series.dtype
    if dtype == pl.Null:
        return series.cast(pl.Float64)
    if kind is Kind.DATETIME:
        if dtype in {pl.String, pl.Categorical, pl.Enum}:
            return _times(series.cast(pl.String)).dt.epoch("us").cast(pl.Float64)
        if dtype == pl.Date or isinstance(dtype, pl.Datetime):
            return series.cast(pl.Datetime("us")).dt.epoch("us").cast(pl.Float64)
        return pl.Series(series.name, [None] * series.len(), dtype=pl.Float64)
    if dtype == pl.Duration:
        return series.dt.total_microseconds().cast(pl.Float64) / 1e6
    if dtype.is_numeric() or dtype == pl.Boolean:
        return series.cast(pl.Float64)
    if dtype in {pl.String, pl.Categorical, pl.Enum}:
        return series.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    return pl.Series(series.name, [None] * series.len(), dtype=pl.Float64)


def _times(texts: pl.Series) -> pl.Series:
    """ISO-like text as datetimes in UTC; null where it is none."""
    plain = texts.str.replace(r"\s*(Z|[+-]00:?00)$", "").str.replace("T", " ", literal=True)
    for form in ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        if (times := plain.str.to_datetime(form, time_unit="us", strict=False)).null_count() < texts.len():
            return times
    return texts.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", strict=False, time_zone="UTC").dt.replace_time_zone(None)


def as_labels(series: pl.Series, kind: Kind) -> pl.Series:
    """The column as text; a whole number is written alike whether its type is integer or float, so 1.0 is "1"."""
    dtype = series.dtype
    if dtype.is_float() or dtype.is_decimal():
        floats = series.cast(pl.Float64)
        whole = floats.is_finite() & (floats == floats.floor()) & (floats.abs() < _EXACT)
        text = floats.cast(pl.Int64, strict=False).cast(pl.String).zip_with(whole, floats.cast(pl.String))
        return text.set(floats.is_nan(), None) if floats.is_nan().any() else text
    if isinstance(dtype, pl.List | pl.Array | pl.Struct | pl.Binary | pl.Object):
        return pl.Series(series.name, [None if value is None else repr(value) for value in series], dtype=pl.String)
    text = series.cast(pl.String)
    return text.str.to_lowercase().replace(_TRUTH) if kind is Kind.BOOLEAN else text


def _sorted(series: pl.Series, plan: ColumnPlan) -> Values:
    rows, null = series.len(), series.null_count()
    read = as_numbers(series, plan.kind)
    invalid = read.null_count() - null
    numbers = np.sort((read.drop_nulls() if null + invalid else read).to_numpy())
    below = above = nan = 0
    if numbers.size and not (np.isfinite(numbers[0]) and np.isfinite(numbers[-1])):
        below = int(np.searchsorted(numbers, -np.inf, "right"))
        end = int(np.searchsorted(numbers, np.inf, "left"))
        nan = int(np.isnan(numbers[end:]).sum())
        above = numbers.size - end - nan
        numbers = numbers[below:end]
    return Values(rows, null, nan, above, below, invalid, str(series.dtype), numbers)


def _counted(series: pl.Series, plan: ColumnPlan) -> Values:
    rows, null = series.len(), series.null_count()
    dtype = series.dtype
    nan = int(series.is_nan().sum()) if dtype.is_float() else 0
    if isinstance(dtype, pl.List | pl.Array | pl.Struct | pl.Binary | pl.Object):
        series = as_labels(series, plan.kind)
    counted = series.drop_nulls().value_counts(name="rows in all")
    labels = as_labels(counted.to_series(0), plan.kind)
    proper = labels.is_not_null()
    counts = counted.get_column("rows in all").filter(proper).cast(pl.Int64).to_numpy()
    return Values(rows, null, nan, dtype=str(dtype), labels=labels.filter(proper).to_list(), counts=counts)
