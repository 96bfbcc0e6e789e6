"""One pass over the reference: what its columns hold, before anything is decided about them."""

import math

import numpy as np
import polars as pl

from driftline.decoding import TEXTS, as_labels, as_numbers, said
from driftline.plan import Floats
from driftline.types import Kind

MOST_CATEGORIES = 10_000
_MOST_CODES = 1_000
_SAMPLE_CELLS = 20_000_000
_SAMPLE_ROWS = 100_000
_ENOUGH = 5_000
_ALL = "rows in all"


class Survey:
    """Types, extremes, counts of labels while they are few, and a uniform sample of rows for the edges."""

    def __init__(self) -> None:
        self.rows = 0
        self.dtypes: dict[str, pl.DataType] = {}
        self.extremes: dict[str, tuple[float, float]] = {}
        self.counts: dict[str, pl.DataFrame | None] = {}
        self._parts: list[tuple[pl.DataFrame, Floats]] = []
        self._bound = 1.0
        self._random = np.random.default_rng(0)

    def absorb(self, batch: pl.DataFrame) -> None:
        """Take in one batch; where files disagree on a column's type, the first that is not null stands."""
        self.rows += batch.height
        for series in batch:
            if self.dtypes.get(series.name, pl.Null()) == pl.Null:
                self.dtypes[series.name] = series.dtype
            self._extremes(series)
            self._count(series)
        self._keep(batch)

    def sample(self, name: str) -> pl.Series:
        """The sampled values of one column."""
        if len(self._parts) > 1:
            self._trim(2 * _SAMPLE_ROWS)
        return self._parts[0][0].get_column(name)

    def told(self, name: str) -> pl.Series:
        """The sampled values of one column that are not missing, by null or in words."""
        values = self.sample(name)
        return (said(values) if isinstance(values.dtype, TEXTS) else values).drop_nulls()

    def readable(self, name: str, kind: Kind) -> float:
        """Share of some thousand values that can be read as numbers of that kind; 1 where there are none."""
        dtype = self.dtypes[name]
        if dtype.is_numeric() if kind is Kind.NUMERIC else dtype == pl.Date or isinstance(dtype, pl.Datetime):
            return 1.0
        values = self.told(name)
        values = values.gather_every(max(1, values.len() // _ENOUGH))
        return 1 - as_numbers(values, kind).null_count() / values.len() if values.len() else 1.0

    def _extremes(self, series: pl.Series) -> None:
        numbers = series
        if series.dtype == pl.Date or isinstance(series.dtype, pl.Datetime):
            numbers = as_numbers(series, Kind.DATETIME)
        elif isinstance(series.dtype, pl.Duration | pl.Time):
            numbers = as_numbers(series, Kind.NUMERIC)
        elif series.dtype.is_float():
            ends = series.min(), series.max()
            if any(isinstance(end, float) and not math.isfinite(end) for end in ends):
                numbers = series.set(~series.is_finite(), None)
        elif not series.dtype.is_numeric():
            return
        low, high = numbers.min(), numbers.max()
        if low is not None and high is not None:
            a, b = self.extremes.get(series.name, (np.inf, -np.inf))
            self.extremes[series.name] = (min(a, float(low)), max(b, float(high)))  # type: ignore[arg-type]

    def _count(self, series: pl.Series) -> None:
        """Count labels while they are few enough to be categories."""
        before = self.counts.get(series.name)
        if series.name in self.counts and before is None:
            return
        most = _MOST_CODES if series.dtype.is_numeric() else MOST_CATEGORIES
        none = series.dtype.is_temporal() or series.dtype.is_nested() or series.dtype == pl.Object
        if none or _measured(series) or series.head(4096).n_unique() > min(most, 4000):
            self.counts[series.name] = None
            return
        counted = series.drop_nulls().alias("label").value_counts(name=_ALL)
        texts = as_labels(counted.to_series(0), Kind.CATEGORICAL).alias("label")
        counted = pl.DataFrame([texts, counted.get_column(_ALL)]).drop_nulls("label")
        if before is not None:
            counted = pl.concat([before, counted])
        counted = counted.group_by("label").agg(pl.col(_ALL).sum())
        self.counts[series.name] = None if counted.height > most else counted

    def _keep(self, batch: pl.DataFrame) -> None:
        """Bottom-k of random keys: a uniform sample without replacement, whatever the number of rows."""
        size = min(_SAMPLE_ROWS, max(5_000, _SAMPLE_CELLS // max(batch.width, 1)))
        keys = self._random.random(batch.height)
        if self._bound < 1.0:
            near = keys <= self._bound
            batch, keys = batch.filter(near), keys[near]
        self._parts.append((batch, keys))
        if sum(kept.size for _, kept in self._parts) > 2 * size:
            self._trim(size)

    def _trim(self, size: int) -> None:
        frame = _joined([part for part, _ in self._parts])
        keys = np.concatenate([kept for _, kept in self._parts])
        if keys.size > size:
            self._bound = float(np.partition(keys, size - 1)[size - 1])
            near = keys <= self._bound
            frame, keys = frame.filter(near), keys[near]
        self._parts = [(frame, keys)]


def _measured(series: pl.Series) -> bool:
    """Whether these are floats with fractions that hardly repeat: measurements, which are no categories."""
    if not series.dtype.is_float():
        return False
    head = series.head(4096).to_numpy()
    head = head[np.isfinite(head)]
    return bool(np.any(head % 1)) and np.unique(head).size > min(256, head.size // 2)


def _joined(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """All parts' rows; a column whose types differ becomes text, unless all are numbers, or all dates."""
    schemas = [part.schema for part in parts]
    if all(schema == schemas[0] for schema in schemas):
        return pl.concat(parts)
    for name in dict.fromkeys(name for schema in schemas for name in schema):
        kinds = {schema[name] for schema in schemas if name in schema} - {pl.Null()}
        if len(kinds) < 2 or all(kind.is_numeric() for kind in kinds):
            continue
        dates = all(kind == pl.Date or isinstance(kind, pl.Datetime) for kind in kinds)
        parts = [part.with_columns(_alike(part[name], dates=dates)) if name in part.columns else part for part in parts]
    return pl.concat(parts, how="diagonal_relaxed")


def _alike(series: pl.Series, *, dates: bool) -> pl.Series:
    if dates:
        return as_numbers(series, Kind.DATETIME).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
    return as_labels(series, Kind.CATEGORICAL)
