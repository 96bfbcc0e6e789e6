"""A batch of rows, decoded column by column: the only place where a table's types become numbers and labels."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline import registry
from driftline.arrays import Floats, Integers
from driftline.data import by_name, hashing
from driftline.data.decode import EXACT, as_labels, as_numbers, drop_nulls, is_typed, no_labels
from driftline.data.hashing import Hashes
from driftline.data.transforms.base import Transform
from driftline.profiles.columns.labels import FEW_ROWS, Distinct, Labels, as_distinct
from driftline.profiles.columns.numbers import ALL, Numbers, Rows, find_places
from driftline.profiles.loops import compiled
from driftline.profiles.plan import NUMBERS, ColumnPlan
from driftline.profiles.privacy.labels import hide_all
from driftline.profiles.values import ColumnValues
from driftline.types import Kind, Role

_FEW = 20_000
_FEW_LABELS = 8  # different ones, which are compared faster than looked up
_BROKEN = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
Found = TypeVar("Found", Integers, Floats)
_MEMORY: WeakKeyDictionary[ColumnPlan, dict[str, str | None]] = WeakKeyDictionary()


class Batch:
    """One batch of rows of one file format; `height` is the number of rows, even where there are no columns.

    `rows` are the places of its rows in the batch that it is a part of.
    """

    rows: Rows = ALL

    def __init__(self, frame: pl.DataFrame, file: str = "", height: int | None = None) -> None:
        self._frame = frame
        self.height = frame.height if height is None else height
        self.file = file
        self._distinct_values: dict[str, Distinct] = {}
        self._numbers: dict[str, Floats] = {}
        self._bins: dict[tuple[str, float, float], Integers] = {}
        self._labels: dict[tuple[str, str | None], pl.Series] = {}  # as they came (None), or as a column keeps them
        self._hashes: dict[tuple[str, ...], Hashes] = {}
        self._pairs: dict[tuple[str, str], tuple[Floats, Floats]] = {}
        self._times_by_name: dict[str, pl.Series] = {}
        self._found: dict[str, npt.NDArray[Any]] = {}

    @property
    def frame(self) -> pl.DataFrame:
        """The rows as they came."""
        return self._frame

    def column(self, name: str) -> pl.Series | None:
        """One column as it came; None where it did not come."""
        return by_name.column(self._frame, name) if name in self._names else None

    @cached_property
    def _names(self) -> frozenset[str]:
        """The columns that came."""
        return frozenset(self._frame.columns)

    @cached_property
    def dtypes(self) -> dict[str, str]:
        """Type of each column, as text."""
        return {name: str(dtype) for name, dtype in self._frame.schema.items()}

    def part(self, rows: Rows) -> "Batch":
        """Some of the rows, by their places."""
        return _Part(self, rows)

    def values(self, plan: ColumnPlan) -> ColumnValues:
        """The cleaned values of one column; a column that is not there gives none, one that breaks none readable."""
        return next(self.values_of(plan, [self.part(ALL)]))

    def values_of(self, plan: ColumnPlan, parts: Sequence["Batch"]) -> Iterator[ColumnValues]:
        """The cleaned values of one column in each of some parts of these rows; the column is read once for all."""
        try:
            read = self._read(plan)
            for part in parts:
                yield ColumnValues(0) if read is None else read.values(part.rows, part.height)
        except _BROKEN:
            for part in parts:
                yield ColumnValues(part.height, invalid=part.height, dtype=part.dtypes.get(plan.name, ""))

    def _read(self, plan: ColumnPlan) -> "Numbers | Labels | _LargeIds | None":
        """The column as the plan reads it; None where it did not come."""
        series = self._series(plan)
        if series is None:
            return None
        typed = is_typed(self.file)
        if plan.source and (transform := registry.find("transforms", plan.source[1])).by_value:
            distinct = self._distinct(plan.source[0])
            return Labels(plan, distinct, _transform_labels(plan, transform, distinct.values.to_list()), "String")
        if plan.kind in NUMBERS:
            return Numbers(series, plan, typed=typed)
        if plan.role is Role.ID and series.dtype.is_integer():
            return Numbers(series, plan) if _small(series) else _LargeIds(series, plan)
        if series.dtype == pl.String and plan.source is None:
            return Labels.read(plan, self._distinct(plan.name), dtype="String", typed=typed)
        return Labels.read(plan, as_distinct(series, plan), dtype=str(series.dtype))

    def _series(self, plan: ColumnPlan) -> pl.Series | None:
        """The column as it came, or as its transform makes it; None where it did not come, or came as another type."""
        name = plan.source[0] if plan.source else plan.name
        series = self.column(name)
        if series is None or plan.source is None:
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

    def _distinct(self, name: str) -> Distinct:
        """The different values of a text column; kept, for a column and what is derived of it share them."""
        if name not in self._distinct_values:
            self._distinct_values[name] = Distinct(by_name.column(self.frame, name))
        return self._distinct_values[name]

    def numbers(self, plan: ColumnPlan) -> Floats:
        """The column as float64 (height,), in the rows' order; NaN where there is no number. Read only."""
        if plan.name not in self._numbers:
            series = self.column(plan.name)
            self._numbers[plan.name] = (
                np.full(self.height, np.nan)
                if series is None
                else as_numbers(series, plan.kind, plan.format, plan.zone).to_numpy()
            )
        return self._numbers[plan.name]

    def bins(self, plan: ColumnPlan, low: float = -np.inf, high: float = np.inf) -> Integers:
        """The bin (height,) of each of the column's numbers, cut to `low` and `high`; kept. Read only."""
        key = plan.name, low, high
        if key not in self._bins:
            numbers = self.numbers(plan)
            self._bins[key] = plan.bins(numbers if low == -np.inf and high == np.inf else numbers.clip(low, high))
        return self._bins[key]

    def once(self, name: str, find: Callable[["Batch"], Found]) -> Found:
        """What a function finds of each row (height, ...), once for all that ask for it by this name. Read only."""
        if name not in self._found:
            self._found[name] = find(self)
        return cast("Found", self._found[name])

    def finite_pairs(self, ours: ColumnPlan, theirs: ColumnPlan) -> tuple[Floats, Floats]:
        """Both columns' numbers (n,), (n,) of the rows that have finite ones in both; kept. Read only."""
        names = ours.name, theirs.name
        if names not in self._pairs:
            a, b = self.numbers(ours), self.numbers(theirs)
            both = np.isfinite(a) & np.isfinite(b)
            found = (a, b) if both.all() else (a[both], b[both])
            self._pairs[names] = compiled.as_read_only(found[0]), compiled.as_read_only(found[1])
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
            of_loops = compiled.hash_rows(self.loops, read, self.height) if self.loops else None
            self._hashes[names] = hashing.of_rows(read, self.height) if of_loops is None else of_loops
        return self._hashes[names]

    def where(self, chosen: npt.NDArray[np.bool_], columns: Sequence[ColumnPlan]) -> "Batch":
        """Some of the rows, with these columns only."""
        return self.take(np.flatnonzero(chosen), columns)

    def take(self, at: Integers, columns: Sequence[ColumnPlan]) -> "Batch":
        """The rows at these places, with these columns only."""
        names = [column.name for column in columns if column.name in self._names]
        part = Batch(by_name.select(self.frame, names)[at] if names else pl.DataFrame(), self.file, at.size)
        part._numbers = {name: numbers[at] for name, numbers in self._numbers.items()}
        part._labels = {key: labels[at] for key, labels in self._labels.items()}
        return part

    def labels(self, plan: ColumnPlan) -> pl.Series:
        """The column as text in the rows' order, null where there is no value; kept, for it is asked for again."""
        key = plan.name, None
        if key not in self._labels:
            series = self.column(plan.name)
            self._labels[key] = (
                no_labels(self.height)  # without a name, which may be a pattern
                if series is None
                else as_labels(series, plan.kind, numbers=plan.of_numbers)
            )
        return self._labels[key]

    def kept_labels(self, plan: ColumnPlan, named: ColumnPlan | None = None) -> pl.Series:
        """The column as labels that may be kept, as it keeps them itself or as another column (`named`) does."""
        named = named or plan
        if not named.hides:
            return self.labels(plan)
        key = plan.name, named.name
        if key not in self._labels:
            labels = self.labels(plan)
            strange = drop_nulls(labels).unique()
            strange = strange.filter(~strange.is_in(list(named.common)))
            self._labels[key] = labels.replace(strange, hide_all(strange.to_list())) if strange.len() else labels
        return self._labels[key]

    def positives(self, target: ColumnPlan, positive: str | None) -> Floats:
        """1 where the target is the positive class, 0 where it is another, NaN where it is not known (height,)."""
        if positive is None:
            return np.full(self.height, np.nan)
        return (self.kept_labels(target) == positive).cast(pl.Float64).to_numpy()

    def pairs(self, target: ColumnPlan, answers: pl.Series) -> Iterator[tuple[str, str, int]]:
        """Each pair of true and answered label, with its number of rows; rows lacking either do not count."""
        truths = self.kept_labels(target)
        counted: Iterable[tuple[str | None, str | None, int]]
        if self.height <= FEW_ROWS:
            pairs = Counter(zip(truths.to_list(), answers.to_list(), strict=True))
            counted = ((true, answer, n) for (true, answer), n in pairs.items())
        else:
            counted = pl.DataFrame({"true": truths, "answer": answers}).group_by("true", "answer").len().iter_rows()
        yield from ((true, answer, n) for true, answer, n in counted if true is not None and answer is not None)


class _Part(Batch):
    """Some rows of a batch: their numbers, bins, labels and hashes are those that the whole batch reads for all parts.

    The rows as they came are taken from it once they are asked for.
    """

    def __init__(self, whole: Batch, rows: Rows) -> None:
        height = len(range(*rows.indices(whole.height))) if isinstance(rows, slice) else rows.size
        super().__init__(whole.frame, whole.file, height)
        self.rows, self._whole = rows, whole

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows as they came."""
        return self._whole.frame[self.rows]

    def column(self, name: str) -> pl.Series | None:
        """One column as it came; None where it did not come."""
        series = self._whole.column(name)
        return None if series is None else series[self.rows]

    def numbers(self, plan: ColumnPlan) -> Floats:
        """The column as float64 (height,), as the whole batch reads it; kept."""
        if plan.name not in self._numbers:
            self._numbers[plan.name] = self._whole.numbers(plan)[self.rows]
        return self._numbers[plan.name]

    def bins(self, plan: ColumnPlan, low: float = -np.inf, high: float = np.inf) -> Integers:
        """The bin (height,) of each of the column's numbers."""
        return self._whole.bins(plan, low, high)[self.rows]

    def once(self, name: str, find: Callable[[Batch], Found]) -> Found:
        """What a function finds of each row (height, ...), once for all parts."""
        return self._whole.once(name, find)[self.rows]

    def hashes(self, columns: Sequence[ColumnPlan]) -> Hashes:
        """A hash (height,) of each row over these columns."""
        return self._whole.hashes(columns)[self.rows]

    def take(self, at: Integers, columns: Sequence[ColumnPlan]) -> Batch:
        """The rows at these places, with these columns only."""
        return self._whole.take(find_places(self.rows, at), columns)

    def labels(self, plan: ColumnPlan) -> pl.Series:
        """The column as text, as the whole batch reads it; kept."""
        key = plan.name, None
        if key not in self._labels:
            self._labels[key] = self._whole.labels(plan)[self.rows]
        return self._labels[key]

    def kept_labels(self, plan: ColumnPlan, named: ColumnPlan | None = None) -> pl.Series:
        """The column as labels that may be kept."""
        return self._whole.kept_labels(plan, named)[self.rows]


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


class _LargeIds:
    """Whole-numbered ids: as numbers, which is fast, but those that float64 does not hold exactly as labels."""

    def __init__(self, series: pl.Series, plan: ColumnPlan) -> None:
        large = series > EXACT
        if series.dtype.is_signed_integer():  # others are not compared with what is below 0
            large |= series < -EXACT
        large = large.fill_null(value=False)
        self._numbers = Numbers(series.set(large, None), plan)
        self._labels = Labels.read(plan, Distinct(series.set(~large, None)), dtype=str(series.dtype))

    def values(self, rows: Rows, height: int) -> ColumnValues:
        """The cleaned values of so many of the rows."""
        numbers, labels = self._numbers.values(rows, height), self._labels.values(rows, height)
        null = numbers.null - (height - labels.null)
        return replace(numbers, null=null, labels=labels.labels, counts=labels.counts)


def _hash_labels(labels: pl.Series) -> Hashes:
    """Hash (n,) of each label, worked out once for each distinct one; null is like the text of a zero byte."""
    filled = labels.fill_null("\0") if labels.null_count() else labels
    if filled.len() <= FEW_ROWS:
        return hashing.of_labels(filled.to_list())
    distinct = filled.unique()
    of_each = hashing.of_labels(distinct.to_list())
    if distinct.len() > _FEW_LABELS:
        return filled.replace_strict(distinct, pl.Series(of_each, dtype=pl.UInt64), return_dtype=pl.UInt64).to_numpy()
    hashes = np.empty(filled.len(), np.uint64)
    for label, own in zip(distinct, of_each, strict=True):
        hashes[(filled == label).to_numpy()] = own
    return hashes


def _transform_labels(plan: ColumnPlan, transform: Transform, texts: list[str]) -> list[str | None]:
    """The labels that different texts are derived to, None where that is none.

    A text is worked out once while different ones are few, not with each batch.
    """
    memory = _MEMORY.setdefault(plan, {})
    if fresh := list(set(texts).difference(memory)):
        made = transform.of_distinct(pl.Series(fresh), plan.fitted).to_list()
        memory = memory | dict(zip(fresh, made, strict=True))
        _MEMORY[plan] = memory if len(memory) <= _FEW else {}
    return [memory[text] for text in texts]
