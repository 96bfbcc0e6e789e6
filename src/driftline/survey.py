"""One pass over the reference: what its columns hold, before anything is decided about them."""

import numpy as np
import polars as pl

from driftline.decoding import TEXTS, as_labels, as_numbers, said
from driftline.plan import Floats
from driftline.types import Kind

MOST_CATEGORIES = 10_000
_MOST_CODES = 1_000
_SAMPLE_CELLS = 20_000_000
_SAMPLE_ROWS = 200_000
_ALL = "rows in all"


class Survey:
    """Types, extremes, counts of labels while they are few, and a uniform sample of rows for the edges."""

    def __init__(self) -> None:
        self.rows = 0
        self.dtypes: dict[str, pl.DataType] = {}
        self.extremes: dict[str, tuple[float, float]] = {}
        self.counts: dict[str, pl.DataFrame | None] = {}
        self._sample = pl.DataFrame()
        self._keys = np.empty(0)
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
        return self._sample.get_column(name)

    def told(self, name: str) -> pl.Series:
        """The sampled values of one column that are not missing, by null or in words."""
        values = self.sample(name)
        return (said(values) if isinstance(values.dtype, TEXTS) else values).drop_nulls()

    def readable(self, name: str, kind: Kind) -> float:
        """Share of the values that can be read as numbers of that kind; 1 where there are none."""
        values = self.told(name)
        return 1 - as_numbers(values, kind).null_count() / values.len() if values.len() else 1.0

    def _extremes(self, series: pl.Series) -> None:
        numbers = series
        if series.dtype == pl.Date or isinstance(series.dtype, pl.Datetime):
            numbers = as_numbers(series, Kind.DATETIME)
        elif series.dtype in {pl.Duration, pl.Time}:
            numbers = as_numbers(series, Kind.NUMERIC)
        elif series.dtype.is_float():
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
        if series.dtype.is_temporal() or series.dtype == pl.Object or series.head(4096).n_unique() > min(most, 4000):
            self.counts[series.name] = None
            return
        counted = series.drop_nulls().value_counts(name=_ALL)
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
        if self._keys.size >= size:
            near = keys < self._keys.max()
            batch, keys = batch.filter(near), keys[near]
        everything: Floats = np.concatenate((self._keys, keys))
        together = _joined(self._sample, batch) if self._sample.width else batch
        if everything.size > size:
            chosen = np.sort(np.argpartition(everything, size)[:size])
            together, everything = together[chosen], everything[chosen]
        self._sample, self._keys = together, everything


def _joined(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Both sides' rows; a column whose types differ becomes text unless both are numbers, or both dates."""
    sides = [ours, theirs]
    for name in ours.columns:
        kinds = [side.schema[name] for side in sides if name in side.columns]
        if kinds[0] == kinds[-1] or pl.Null in kinds or all(kind.is_numeric() for kind in kinds):
            continue
        if all(kind == pl.Date or isinstance(kind, pl.Datetime) for kind in kinds):
            sides = [
                side.with_columns(as_numbers(side[name], Kind.DATETIME).cast(pl.Int64, strict=False).cast(pl.Datetime("us")))
                for side in sides
            ]
        else:
            sides = [side.with_columns(as_labels(side[name], Kind.CATEGORICAL)) for side in sides]
    return pl.concat(sides, how="diagonal_relaxed")
