"""Joins labels to the predictions that they are about, by id; of several labels of one id the last to arrive holds."""

import numpy as np
import polars as pl

from driftline.data import by_name, hashing
from driftline.data.decode import as_labels, as_numbers
from driftline.data.hashing import Hashes
from driftline.profiles.plan import NUMBERS, ColumnPlan
from driftline.types import Kind


def id_hashes(ids: pl.Series) -> tuple[Hashes, pl.Series]:
    """Hash (n,) of each id, 0 where there is none, and whether it is there; 7, 7.0 and "7" are one id.

    >>> id_hashes(pl.Series([7.0, 7.5, None]))[1].to_list()
    [True, True, False]
    """
    texts = as_labels(ids, Kind.CATEGORICAL)
    present = texts.is_not_null()
    hashes = hashing.of_labels(texts.fill_null("").to_list())
    return np.where(present.to_numpy(), hashes, np.uint64(0)), present


def read_labels(series: pl.Series, target: ColumnPlan) -> pl.Series:
    """The labels (n,) as the target's kind; null where one cannot be used, so that it never replaces a good one.

    Of a target of numbers that is text, NaN, infinity and, unless the reference has them, true and false; of true and
    false it is everything else.

    >>> from driftline.types import Column, Role
    >>> plan = ColumnPlan(Column("y", Kind.NUMERIC, Role.TARGET, "Float64"))
    >>> read_labels(pl.Series(["9.5", "soon", "1e400"]), plan).to_list()
    [9.5, None, None]
    """
    if target.kind in NUMBERS:
        value = as_numbers(series, target.kind, target.format)
        is_usable = value.is_finite()
        if series.dtype == pl.Boolean and target.column.dtype != "Boolean":
            is_usable = pl.Series([False], dtype=pl.Boolean).new_from_index(0, series.len())
    else:
        value = as_labels(series, target.kind, numbers=target.of_numbers)
        is_usable = value.is_in(["true", "false"]) if target.kind is Kind.BOOLEAN else value.is_not_null()
    return value.set(~is_usable.fill_null(value=False), None)


def label_frame(labels: pl.DataFrame, key: str, target: ColumnPlan, position: int) -> pl.DataFrame:
    """Labels with an id and a usable value, in order of arrival, as columns hash, position (in the log) and value."""
    hashes, present = id_hashes(by_name.column(labels, key))
    value = read_labels(by_name.column(labels, target.name), target)
    places = pl.Series("position", [position], dtype=pl.Int64).new_from_index(0, labels.height)
    frame = pl.DataFrame([pl.Series("hash", hashes), places, value.alias("value")])
    return frame.filter(present & value.is_not_null())


def last_values(labels: pl.DataFrame, hashes: Hashes) -> pl.Series:
    """The value (n,) of the last label of each id's hash (n,); null where there is no label."""
    last = labels.unique("hash", keep="last", maintain_order=True).sort("hash")
    known, value = last.get_column("hash").to_numpy(), last.get_column("value")
    if not known.size:
        return pl.Series("value", [None], dtype=value.dtype).new_from_index(0, hashes.size)
    at = np.minimum(np.searchsorted(known, hashes), known.size - 1)
    return value.gather(at).set(pl.Series(known[at] != hashes), None)


def with_labels(rows: pl.DataFrame, hashes: Hashes, labels: pl.DataFrame | None, target: ColumnPlan) -> pl.DataFrame:
    """Rows with the target as the labels say, in the reference's type; a row without a label keeps its own value."""
    dtype = getattr(pl, target.column.dtype, None)
    own = by_name.column(rows, target.name) if target.name in rows.columns else None
    if labels is None or not labels.height:
        return rows if own is not None else rows.with_columns(pl.lit(None, dtype or pl.String).alias(target.name))
    value = last_values(labels, hashes)
    if dtype is not None and value.dtype != dtype and not target.format:
        cast = value.cast(dtype, strict=False)
        unchanged = cast.null_count() == value.null_count() and (cast.cast(value.dtype, strict=False) == value).all()
        value = cast if unchanged else value
    if own is not None and own.dtype == value.dtype:
        value = value.zip_with(value.is_not_null(), own)
    return rows.with_columns(value.alias(target.name))
