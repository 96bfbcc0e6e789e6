"""A batch of rows, decoded column by column: the only place where a table's types become numbers and labels."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from types import ModuleType
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline import registry
from driftline.arrays import Floats, Integers
from driftline.data import by_name, hashing
from driftline.data.decode import EXACT, TEXTS, as_labels, as_numbers, clean_texts, is_nested, is_typed
from driftline.data.hashing import Hashes
from driftline.data.transforms.base import Transform
from driftline.profiles import compiled
from driftline.profiles.plan import NUMBERS, ColumnPlan
from driftline.profiles.rounding import snap
from driftline.profiles.values import ColumnValues
from driftline.types import Kind, Role

_ROWS = "rows in all"
_FEW = 20_000
_MEMORY: WeakKeyDictionary[ColumnPlan, dict[str, str | None]] = WeakKeyDictionary()


class Batch:
    """One batch of rows of one file format; `height` is the number of rows, even where there are no columns."""

    def __init__(self, frame: pl.DataFrame, file: str = "", height: int | None = None) -> None:
        self.frame = frame
        self.height = frame.height if height is None else height
        self.file = file
        self._label_counts: dict[str, pl.DataFrame] = {}
        self._numbers: dict[str, Floats] = {}
        self._hashes: dict[tuple[str, ...], Hashes] = {}
        self._pairs: dict[tuple[str, str], tuple[Floats, Floats]] = {}
        self._times_by_name: dict[str, pl.Series] = {}

    @cached_property
    def dtypes(self) -> dict[str, str]:
        """Type of each column, as text."""
        return {name: str(dtype) for name, dtype in self.frame.schema.items()}

    def values(self, plan: ColumnPlan) -> ColumnValues:
        """The cleaned values of one column; a column that is not there gives none, one that breaks none readable."""
        try:
            return self._values(plan)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return ColumnValues(self.height, invalid=self.height, dtype=self.dtypes.get(plan.name, ""))

    def _values(self, plan: ColumnPlan) -> ColumnValues:
        series = self._series(plan)
        if series is None:
            return ColumnValues(0)
        if plan.source and registry.find("transforms", plan.source[1]).by_value:
            return self._transformed_labels(plan, plan.source)
        if plan.kind in NUMBERS:
            return _read_numbers(series, plan, typed=is_typed(self.file))
        if plan.role is Role.ID and series.dtype.is_integer():
            return _read_whole_ids(series, plan)
        plain = series.dtype == pl.String and plan.source is None
        values = _read_labels(series, plan, self._counts(plan.name) if plain else None)
        return values if not plain or is_typed(self.file) else _with_type(values, plan)

    def _series(self, plan: ColumnPlan) -> pl.Series | None:
        """The column as it came, or as its transform makes it; None where it did not come, or came as another type."""
        name = plan.source[0] if plan.source else plan.name
        if name not in self.frame.columns:
            return None
        series = by_name.column(self.frame, name)
        if plan.source is None:
            return series
        transform = registry.find("transforms", plan.source[1])
        if not series.dtype.is_temporal() and transform.suits(Kind.DATETIME, pl.Datetime("us")):
            series = self._times(name, plan)
        elif isinstance(series.dtype, pl.Datetime) and plan.zone:
            series = as_local(series, plan.zone)
        kind = Kind.DATETIME if series.dtype.is_temporal() else Kind.TEXT
        if not transform.suits(kind, series.dtype):
            return None
        return series if transform.by_value else transform(series, plan.fitted)

    def _times(self, name: str, plan: ColumnPlan) -> pl.Series:
        """The local times that a column of another type tells; kept, for several columns are derived of them."""
        if name not in self._times_by_name:
            self._times_by_name[name] = as_times(by_name.column(self.frame, name), plan.format, plan.zone)
        return self._times_by_name[name]

    def _transformed_labels(self, plan: ColumnPlan, source: tuple[str, str]) -> ColumnValues:
        """The counts of a derived column of labels, from those of the values that it is derived of."""
        texts, counts = _columns(self._counts(source[0]))
        labels, counts = _transform_labels(plan, registry.find("transforms", source[1]), texts, counts)
        rows = self.frame.height
        return _with_labels(ColumnValues(rows, rows - int(counts.sum()), dtype="String"), plan, labels, counts)

    def _counts(self, name: str) -> pl.DataFrame:
        """Each value of a text column with its rows; kept, for a column and what is derived of it share them."""
        if name not in self._label_counts:
            series = by_name.column(self.frame, name)
            loops = self.loops if series.dtype == pl.String else None
            counted = compiled.count_texts(loops, series, _ROWS) if loops else None
            if counted is None:
                counted = series.drop_nulls().alias("label").value_counts(name=_ROWS)
            self._label_counts[name] = counted
        return self._label_counts[name]

    def numbers(self, plan: ColumnPlan) -> Floats:
        """The column as float64 (height,), in the rows' order; NaN where there is no number. Read only."""
        if plan.name not in self._numbers:
            if plan.name in self.frame.columns:
                read = as_numbers(by_name.column(self.frame, plan.name), plan.kind, plan.format, plan.zone)
                self._numbers[plan.name] = read.to_numpy()
            else:
                self._numbers[plan.name] = np.full(self.height, np.nan)
        return self._numbers[plan.name]

    def finite_pairs(self, ours: ColumnPlan, theirs: ColumnPlan) -> tuple[Floats, Floats]:
        """Both columns' numbers (n,), (n,) of the rows that have finite ones in both; kept, as `hashes` are."""
        names = ours.name, theirs.name
        if names not in self._pairs:
            a, b = self.numbers(ours), self.numbers(theirs)
            both = np.isfinite(a) & np.isfinite(b)
            self._pairs[names] = (a, b) if both.all() else (a[both], b[both])
        return self._pairs[names]

    @cached_property
    def loops(self) -> ModuleType | None:
        """The compiled loops, if this batch is to be folded by them, else None."""
        return compiled.loops(self.height)

    def hashes(self, columns: Sequence[ColumnPlan]) -> Hashes:
        """A hash (height,) of each row over these columns, as the plan reads them; kept, for it is asked for again."""
        names = tuple(column.name for column in columns)
        if names not in self._hashes:
            read = [self.numbers(c) if c.kind in NUMBERS else _hash_labels(self.labels(c)) for c in columns]
            self._hashes[names] = hashing.of_rows(read, self.height)
        return self._hashes[names]

    def where(self, chosen: npt.NDArray[np.bool_], columns: Sequence[ColumnPlan]) -> "Batch":
        """Some of the rows, with these columns only."""
        names = [column.name for column in columns if column.name in self.frame.columns]
        at = np.flatnonzero(chosen)
        return Batch(by_name.select(self.frame, names)[at] if names else pl.DataFrame(), self.file, at.size)

    def labels(self, plan: ColumnPlan) -> pl.Series:
        """The column as text in the rows' order; null where there is no value."""
        if plan.name not in self.frame.columns:
            return pl.Series(plan.name, [None] * self.height, dtype=pl.String)
        return as_labels(by_name.column(self.frame, plan.name), plan.kind, numbers=plan.of_numbers)

    def kept_labels(self, plan: ColumnPlan, named: ColumnPlan | None = None) -> pl.Series:
        """The column as labels that may be kept, as it keeps them itself or as another column (`named`) does."""
        labels, named = self.labels(plan), named or plan
        strange = labels.drop_nulls().unique() if named.hides else labels.clear()
        strange = strange.filter(~strange.is_in(list(named.common)))
        return labels.replace(strange, [named.as_kept(label) for label in strange]) if strange.len() else labels

    def positives(self, target: ColumnPlan, positive: str | None) -> Floats:
        """1 where the target is the positive class, 0 where it is another, NaN where it is not known (height,)."""
        if positive is None:
            return np.full(self.height, np.nan)
        return (self.kept_labels(target) == positive).cast(pl.Float64).to_numpy()

    def pairs(self, target: ColumnPlan, answers: pl.Series) -> Iterator[tuple[str, str, int]]:
        """Each pair of true and answered label, with its number of rows; rows lacking either do not count."""
        pairs = pl.DataFrame({"true": self.kept_labels(target), "answer": answers}).drop_nulls()
        yield from pairs.group_by("true", "answer").len().iter_rows()


def as_times(series: pl.Series, form: str = "", zone: str = "") -> pl.Series:
    """Times that are stored as text or as numbers, as the clock of a zone shows them, or UTC; null where there is none.

    >>> as_times(pl.Series(["2024-01-31T10:00:00+02:00", "soon"])).to_list()
    [datetime.datetime(2024, 1, 31, 8, 0), None]
    """
    times = as_numbers(series, Kind.DATETIME, form, zone)
    return as_local(times.cast(pl.Int64).cast(pl.Datetime("us", "UTC")), zone or "UTC")


def as_local(times: pl.Series, zone: str) -> pl.Series:
    """Times without a zone, as the clock of a zone shows them; those without one are local already.

    >>> as_local(pl.Series(["2024-07-01T00:30:00Z"]).str.to_datetime(), "Europe/Berlin").to_list()
    [datetime.datetime(2024, 7, 1, 2, 30)]
    """
    aware = isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone is not None
    return times.dt.convert_time_zone(zone).dt.replace_time_zone(None) if aware else times


def _small(series: pl.Series) -> bool:
    return all(end is None or -EXACT <= end <= EXACT for end in (series.min(), series.max()))  # type: ignore[operator]


def _read_whole_ids(series: pl.Series, plan: ColumnPlan) -> ColumnValues:
    """Whole-numbered ids: as numbers, which is fast, but those that float64 does not hold exactly as labels."""
    if _small(series):
        return _read_numbers(series, plan)
    large = series > EXACT
    if series.dtype.is_signed_integer():  # others are not compared with what is below 0
        large |= series < -EXACT
    large = large.fill_null(value=False)
    counted = _read_labels(series.filter(large), plan)
    return replace(
        _read_numbers(series.filter(~large), plan), rows=series.len(), labels=counted.labels, counts=counted.counts
    )


def _read_numbers(series: pl.Series, plan: ColumnPlan, *, typed: bool = True) -> ColumnValues:
    rows, dtype = series.len(), str(series.dtype)
    null = (clean_texts(series) if isinstance(series.dtype, TEXTS) else series).null_count()
    read = as_numbers(series, plan.kind, plan.format, plan.zone)
    invalid = read.null_count() - null
    if not typed and series.dtype == pl.String:
        dtype = plan.column.dtype  # a file of text has no types of its own
    levels = plan.edges if plan.complete else plan.levels
    if plan.kind is not Kind.NUMERIC or series.dtype.is_integer():
        levels = None  # whole numbers are never one another
    if loops := compiled.loops(rows):
        found, (nan, above, below), tally = compiled.tally(loops, read, plan, levels)
        return ColumnValues(rows, null, nan, above, below, invalid, dtype, found, tally=tally)
    numbers = np.sort((read.drop_nulls() if null + invalid else read).to_numpy())
    below = above = nan = 0
    if numbers.size and not (np.isfinite(numbers[0]) and np.isfinite(numbers[-1])):
        below = int(np.searchsorted(numbers, -np.inf, "right"))
        end = int(np.searchsorted(numbers, np.inf, "left"))
        nan = int(np.isnan(numbers[end:]).sum())
        above = numbers.size - end - nan
        numbers = numbers[below:end]
    if levels is not None:
        numbers = snap(numbers, levels, plan.scale)
    return ColumnValues(rows, null, nan, above, below, invalid, dtype, numbers)


def _hash_labels(labels: pl.Series) -> Hashes:
    """Hash (n,) of each label, worked out once for each distinct one; null is like the text of a zero byte."""
    filled = labels.fill_null("\0") if labels.null_count() else labels
    distinct = filled.unique().to_list()
    hashes = dict(zip(distinct, hashing.of_labels(distinct).tolist(), strict=True))
    return np.fromiter((hashes[label] for label in filled.to_list()), np.uint64, filled.len())


def _read_labels(series: pl.Series, plan: ColumnPlan, counted: pl.DataFrame | None = None) -> ColumnValues:
    rows, null = series.len(), series.null_count()
    dtype = series.dtype
    nan = int(series.is_nan().sum()) if dtype.is_float() else 0
    if counted is None:
        series = as_labels(series, plan.kind) if is_nested(dtype) else series
        counted = series.drop_nulls().alias("label").value_counts(name=_ROWS)
    labels = as_labels(counted.to_series(0), plan.kind, numbers=plan.of_numbers)
    if labels.null_count():
        counted, labels = counted.filter(labels.is_not_null()), labels.drop_nulls()
    names, counts = _columns(counted.with_columns(labels))
    return _with_labels(ColumnValues(rows, null, nan, dtype=str(dtype)), plan, names, counts)


def _with_type(values: ColumnValues, plan: ColumnPlan) -> ColumnValues:
    """The values of a file without types: they have the plan's, but for words where that has numbers."""
    labels = values.labels if plan.of_numbers else []
    words = [at for at, label in enumerate(labels) if not label.replace(".", "").lstrip("-").isdecimal()]
    return replace(values, dtype=plan.column.dtype, words=int(values.counts[words].sum()))


def _columns(counted: pl.DataFrame) -> tuple[list[str], Integers]:
    """Labels and their rows (n,), out of a frame of both."""
    return counted.to_series(0).to_list(), counted.to_series(1).cast(pl.Int64).to_numpy()


def _with_labels(values: ColumnValues, plan: ColumnPlan, names: list[str], counts: Integers) -> ColumnValues:
    """The values, with these labels and their rows (n,): of the plan's categories by place, others by name."""
    if not plan.categories:
        return replace(values, labels=names, counts=counts)
    at = plan.places(names)
    known, strange = np.zeros(len(plan.categories), np.int64), np.flatnonzero(at < 0)
    np.add.at(known, at[at >= 0], counts[at >= 0])
    return replace(values, known=known, labels=[names[i] for i in strange.tolist()], counts=counts[strange])


def _transform_labels(
    plan: ColumnPlan, transform: Transform, texts: list[str], counts: Integers
) -> tuple[list[str], Integers]:
    """The labels that different texts are derived to, and their rows; a text that is derived to null does not count.

    A text is worked out once while different ones are few, not with each batch.
    """
    memory = _MEMORY.setdefault(plan, {})
    if fresh := list(set(texts).difference(memory)):
        made = transform.of_distinct(pl.Series(fresh), plan.fitted).to_list()
        memory = memory | dict(zip(fresh, made, strict=True))
        _MEMORY[plan] = memory if len(memory) <= _FEW else {}
    total: dict[str, int] = {}
    for label, rows in zip(map(memory.__getitem__, texts), counts.tolist(), strict=True):
        if label is not None:
            total[label] = total.get(label, 0) + rows
    return list(total), np.array(list(total.values()), np.int64)
