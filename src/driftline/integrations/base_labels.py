"""Joins late labels to files of logged predictions, for schedulers that judge files."""

from pathlib import Path

import polars as pl

from driftline.data.atomic import open_atomic
from driftline.errors import InputError
from driftline.profiles.engines.base import open_source

_LATE = "\0late"  # a name that no column has


def join_label_files(
    predictions: str, labels: str, output: str | Path, *, id: str, target: str  # noqa: A002 - the settings' word
) -> tuple[int, int]:  # fmt: skip
    """Write the predictions as Parquet with the target that the labels say; gives rows, and rows with a label.

    Of several labels of one id the last holds. A row without one keeps what it has, else null. Doing so again with the
    same files writes the same rows.

    Args:
        predictions: path, folder or glob of the logged rows.
        labels: path, folder or glob of the labels: at least the columns of the id and the target.
        output: the file that is written, whole or not at all.
        id: name of the column that both sides have.
        target: name of the labels' column.

    Raises:
        InputError: when a file cannot be read, or has no such column, or ids are of two types.
        OutputError: when the output cannot be written.
    """
    rows, late = _read(predictions, (id,)), _read(labels, (id, target))
    if rows.schema[id] != late.schema[id]:
        raise InputError(
            f"{labels}: {id} is {late.schema[id]}, in {predictions} it is {rows.schema[id]}; write it the same way"
        )
    known = late.select(id, pl.col(target).alias(_LATE)).drop_nulls().unique(id, keep="last", maintain_order=True)
    own = [target] if target in rows.columns else []
    joined = rows.join(known, on=id, how="left", maintain_order="left")
    joined = joined.with_columns(pl.coalesce(_LATE, *own).alias(target)).drop(_LATE)
    with open_atomic(output) as file:
        joined.write_parquet(file)
    return joined.height, joined.height - joined[target].null_count()


def _read(path: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """All rows of the files of one side."""
    source = open_source(path)
    frame = pl.concat(source.batches(), how="diagonal_relaxed")
    if missing := [name for name in columns if name not in frame.columns]:
        raise InputError(f"{path}: has no column {' or '.join(missing)}; there are: {', '.join(frame.columns[:20])}")
    return frame
