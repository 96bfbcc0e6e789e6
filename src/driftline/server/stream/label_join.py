"""Late truth: labels joined to the predictions that they are about, by id; the last to arrive holds."""

from io import BytesIO

import numpy as np
import polars as pl

from driftline.data import hashing
from driftline.data.decode import as_labels, as_numbers
from driftline.data.hashing import Hashes
from driftline.errors import InputError
from driftline.profiles.plan import NUMBERS, ColumnPlan
from driftline.types import Kind

SCHEMA = ("hash", "position", "value")


def id_hashes(ids: pl.Series) -> tuple[Hashes, pl.Series]:
    """Hash (n,) of each id, 0 where there is none, and whether it is there; 7, 7.0 and "7" are one id.

    >>> id_hashes(pl.Series([7.0, 7.5, None]))[1].to_list()
    [True, True, False]
    """
    texts = as_labels(ids, Kind.CATEGORICAL)
    there = texts.is_not_null()
    hashes = hashing.of_labels(texts.fill_null("").to_list())
    return np.where(there.to_numpy(), hashes, np.uint64(0)), there


def label_frame(labels: pl.DataFrame, key: str, target: ColumnPlan, position: int) -> pl.DataFrame:
    """Labels as columns hash, position (in the log) and value, in the order of their arrival; those without id go."""
    hashes, there = id_hashes(labels.get_column(key))
    series = labels.get_column(target.name)
    value = as_numbers(series, target.kind) if target.kind in NUMBERS else as_labels(series, target.kind)
    places = pl.Series("position", [position], dtype=pl.Int64).new_from_index(0, labels.height)
    return pl.DataFrame([pl.Series("hash", hashes), places, value.alias("value")]).filter(there)


def last_values(labels: pl.DataFrame, hashes: Hashes) -> tuple[pl.Series, pl.Series]:
    """The value (n,) that holds for each id's hash (n,), and whether there is one."""
    last = labels.unique("hash", keep="last", maintain_order=True).sort("hash")
    known = last.get_column("hash").to_numpy()
    at = np.minimum(np.searchsorted(known, hashes), max(known.size - 1, 0))
    found = pl.Series(known[at] == hashes if known.size else np.zeros(hashes.size, bool))
    value = last.get_column("value")
    taken = value.gather(at) if known.size else pl.Series("value", [None], dtype=value.dtype).new_from_index(0, len(at))
    return taken.set(~found, None), found


def with_truth(rows: pl.DataFrame, hashes: Hashes, labels: pl.DataFrame | None, target: ColumnPlan) -> pl.DataFrame:
    """Rows with the target that labels say, in the reference's type; what no label is about keeps its own."""
    dtype = getattr(pl, target.column.dtype, None)
    own = rows.get_column(target.name) if target.name in rows.columns else None
    if labels is None or not labels.height:
        return rows if own is not None else rows.with_columns(pl.lit(None, dtype or pl.String).alias(target.name))
    value, _ = last_values(labels, hashes)
    if dtype is not None and value.dtype != dtype:
        cast = value.cast(dtype, strict=False)
        value = cast if cast.null_count() == value.null_count() and (cast.cast(value.dtype) == value).all() else value
    if own is not None and own.dtype == value.dtype:
        value = value.zip_with(value.is_not_null(), own)
    return rows.with_columns(value.alias(target.name))


def joined(predictions: pl.DataFrame, labels: pl.DataFrame, key: str, target: ColumnPlan) -> pl.DataFrame:
    """A table of predictions with the truth of a table of labels: of several labels of one id the last holds.

    Raises:
        InputError: when either lacks the id, or the labels the target.
    """
    needed = ((predictions, "predictions", key), (labels, "labels", key), (labels, "labels", target.name))
    for table, what, name in needed:
        if name not in table.columns:
            raise InputError(f"the {what} have no column {name!r}; there are: {', '.join(table.columns)}")
    hashes, _ = id_hashes(predictions.get_column(key))
    return with_truth(predictions, hashes, label_frame(labels, key, target, 0), target)


def dumped(frame: pl.DataFrame) -> bytes:
    """A frame as an Arrow IPC stream."""
    out = BytesIO()
    frame.write_ipc_stream(out)
    return out.getvalue()
