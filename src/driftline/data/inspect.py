# ruff: noqa: SLF001 - a merge looks into the other one of its own class
"""One pass over the reference: what its columns hold, before anything is decided about them."""

import math
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl

from driftline.data import by_name, text_formats
from driftline.data.decode import TEXTS, as_labels, as_numbers, clean_texts, drop_nulls, read_texts
from driftline.data.sample import Sample
from driftline.data.text_formats import NUMBER_FORMATS
from driftline.types import Kind

MOST_CATEGORIES = 10_000
_MOST_CODES = 1_000
_PLAIN = 0.9
_ALL = "rows in all"


class Inspection:
    """Types, extremes, counts of labels while they are few, and a sample of rows for the edges.

    Mergeable: the same rows end in the same inspection in any order and partition. The labels of a column's numbers are
    counted apart from those of other types, for files may differ.
    """

    def __init__(self) -> None:
        self.extremes: dict[str, tuple[float, float]] = {}
        self._labels: dict[tuple[str, bool], pl.DataFrame | None] = {}
        self.stated_formats: dict[str, str] = {}
        self._formats: dict[tuple[str, Kind], str] = {}
        self._shares: dict[tuple[str, Kind, str], float] = {}
        self._present: dict[str, pl.Series] = {}
        self._sample = Sample()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self._sample.rows

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Type of each column; where files differ, that of most rows."""
        return self._sample.dtypes

    @cached_property
    def counts(self) -> dict[str, pl.DataFrame | None]:
        """Labels (`label`) of each column with their rows; None where they are too many to be categories."""
        counts: dict[str, pl.DataFrame | None] = {}
        for (name, _), counted in self._labels.items():
            most = _most(numeric=self.dtypes[name].is_numeric())
            counts[name] = _sum_labels(counts[name], counted, most) if name in counts else counted
        return counts

    def absorb(self, batch: pl.DataFrame) -> None:
        """Take in one batch."""
        self.__dict__.pop("counts", None)
        for kept in (self._formats, self._shares, self._present):
            kept.clear()
        for name, series in by_name.columns(batch):
            self._extremes(name, series)
            self._count(name, series)
        self._sample.absorb(batch)

    def merge(self, other: Self) -> "Inspection":
        """The inspection of both sides' rows together."""
        both = Inspection()
        for side in (self, other):
            side._add_to(both)
        return both

    def _add_to(self, both: "Inspection") -> None:
        for name, (low, high) in self.extremes.items():
            both._widen(name, low, high)
        for key, counted in self._labels.items():
            both._add_labels(key, counted)
        both._sample = both._sample.merge(self._sample)

    def state(self) -> dict[str, Any]:
        """Plain values for the codec."""
        labels = [
            [*key, None if counted is None else [counted["label"].to_list(), counted[_ALL].to_numpy()]]
            for key, counted in self._labels.items()
        ]
        extremes = {name: list(ends) for name, ends in self.extremes.items()}
        return {"extremes": extremes, "labels": labels, "sample": self._sample.state()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The inverse of `state`."""
        inspection = cls()
        inspection.extremes = {name: (low, high) for name, (low, high) in state["extremes"].items()}
        schema = {"label": pl.String, _ALL: pl.Int64}
        inspection._labels = {
            (name, numeric): None if counted is None else pl.DataFrame(counted, schema=schema)
            for name, numeric, counted in state["labels"]
        }
        inspection._sample = Sample.from_state(state["sample"])
        return inspection

    def sample(self, name: str) -> pl.Series:
        """The sampled values of one column."""
        return by_name.column(self._sample.table, name)

    def present(self, name: str) -> pl.Series:
        """The sampled values of one column that are not missing, by null or in words."""
        if name not in self._present:
            values = self.sample(name)
            self._present[name] = drop_nulls(clean_texts(values) if isinstance(values.dtype, TEXTS) else values)
        return self._present[name]

    def format(self, name: str, kind: Kind) -> str:
        """How a text column writes its numbers or dates: as stated, else as the sample shows; empty: plainly."""
        if (name, kind) not in self._formats:
            self._formats[name, kind] = self._infer_format(name, kind)
        return self._formats[name, kind]

    def date_formats(self, name: str) -> list[str]:
        """The date formats that a text column can have; two where day and month cannot be told apart."""
        return text_formats.date_formats(self.present(name).cast(pl.String))

    def _infer_format(self, name: str, kind: Kind) -> str:
        if not isinstance(self.sample(name).dtype, TEXTS):
            return ""
        texts = self.present(name)
        if name in self.stated_formats:
            stated = self.stated_formats[name]
            return (text_formats.number_format(texts, stated) or stated) if stated in NUMBER_FORMATS else stated
        if not texts.len() or self._share_read(name, kind, "") > _PLAIN:
            return ""
        if kind is Kind.DATETIME:
            forms = text_formats.date_formats(texts)
            return forms[0] if len(forms) == 1 else ""
        return text_formats.number_format(texts) or ""

    def readable(self, name: str, kind: Kind) -> float:
        """Share of some thousand values that can be read as numbers of that kind; 1 where there are none."""
        dtype = self.dtypes[name]
        if dtype.is_numeric() if kind is Kind.NUMERIC else dtype == pl.Date or isinstance(dtype, pl.Datetime):
            return 1.0
        return self._share_read(name, kind, self.format(name, kind)) if self.present(name).len() else 1.0

    def _share_read(self, name: str, kind: Kind, form: str) -> float:
        """Share of some thousand values, of which there are some, that can be read in a format; kept."""
        if (name, kind, form) not in self._shares:
            values = text_formats.thin(self.present(name))
            read = read_texts if isinstance(self.sample(name).dtype, TEXTS) else as_numbers
            self._shares[name, kind, form] = 1 - read(values, kind, form).null_count() / values.len()
        return self._shares[name, kind, form]

    def _extremes(self, name: str, series: pl.Series) -> None:
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
            self._widen(name, float(low) + 0.0, float(high) + 0.0)  # type: ignore[arg-type]  # -0.0 becomes 0.0

    def _widen(self, name: str, low: float, high: float) -> None:
        a, b = self.extremes.get(name, (np.inf, -np.inf))
        self.extremes[name] = (min(a, low), max(b, high))

    def _count(self, name: str, series: pl.Series) -> None:
        """Count labels while they are few enough to be categories."""
        dtype = series.dtype
        key, most = (name, dtype.is_numeric()), _most(numeric=dtype.is_numeric())
        if self._labels.get(key, ()) is None:
            return
        none = dtype.is_temporal() or dtype.is_nested() or dtype == pl.Object
        plain = dtype.is_integer() or dtype.is_float() or dtype == pl.String  # where each value has its own label
        if none or (plain and series.head(2 * most).n_unique() > most + 2):  # but for null and NaN
            self._labels[key] = None
            return
        counted = drop_nulls(series).alias("label").value_counts(name=_ALL)
        texts = as_labels(counted.to_series(0), Kind.CATEGORICAL).alias("label")
        counted = pl.DataFrame([texts, counted.get_column(_ALL).cast(pl.Int64)])
        self._add_labels(key, counted.drop_nulls("label") if texts.null_count() else counted)

    def _add_labels(self, key: tuple[str, bool], counted: pl.DataFrame | None) -> None:
        before = self._labels[key] if key in self._labels else pl.DataFrame(schema={"label": pl.String, _ALL: pl.Int64})
        self._labels[key] = _sum_labels(before, counted, _most(numeric=key[1]))


def _most(*, numeric: bool) -> int:
    return _MOST_CODES if numeric else MOST_CATEGORIES


def _sum_labels(ours: pl.DataFrame | None, theirs: pl.DataFrame | None, most: int) -> pl.DataFrame | None:
    if ours is None or theirs is None:
        return None
    counted = pl.concat([ours, theirs]) if ours.height else theirs
    if counted.get_column("label").n_unique() < counted.height:
        counted = counted.group_by("label").agg(pl.col(_ALL).sum())
    return None if counted.height > most else counted
