"""Frames of pandas and Polars as a model takes them: columns and rows of the same library, taken by place."""

from typing import Any

import numpy as np

from driftline import humanize
from driftline.arrays import Integers
from driftline.errors import InputError, suggest_name

Table = Any
"""A frame of pandas or Polars."""


def check_table(rows: Table, names: list[str]) -> None:
    """Refuse what is no frame, and a column that is not there.

    Raises:
        InputError: when `rows` is no frame of pandas or Polars, or lacks one of the columns.
    """
    if not (hasattr(rows, "columns") and hasattr(rows, "__getitem__") and type(rows).__name__ == "DataFrame"):
        raise InputError(f"rows: expected a DataFrame of pandas or Polars, not {type(rows).__name__}")
    known = list(rows.columns)
    for name in names:
        if name not in known:
            raise InputError(f"rows have no column {name!r}; {suggest_name(name, known)}")


def take(rows: Table, places: Integers) -> Table:
    """The rows at these places, in this order."""
    return rows.iloc[places] if hasattr(rows, "iloc") else rows[places]


def select(rows: Table, names: list[str]) -> Table:
    """These columns alone."""
    return rows[names] if hasattr(rows, "iloc") else rows.select(names)


def replace_column(rows: Table, name: str, places: Integers) -> Table:
    """The rows, with each value of one column taken from the row at that place; its type stays."""
    if hasattr(rows, "iloc"):
        return rows.assign(**{name: rows[name].take(places).set_axis(rows.index)})
    return rows.with_columns(rows[name].gather(places).alias(name))


def put_column(rows: Table, name: str, others: Table) -> Table:
    """The rows with one column of as many other rows in place of their own."""
    if hasattr(rows, "iloc"):
        return rows.assign(**{name: others[name].set_axis(rows.index)})
    return rows.with_columns(others[name])


def add_columns(rows: Table, columns: dict[str, np.ndarray]) -> Table:
    """The rows with these columns beside their own."""
    if hasattr(rows, "iloc"):
        return rows.assign(**columns)
    import polars as pl  # noqa: PLC0415 - slow to import

    return rows.with_columns([pl.Series(name, values) for name, values in columns.items()])


def codes(rows: Table, name: str) -> np.ndarray:
    """A column as float64 (rows,): its numbers, or the place of each label among the sorted ones; NaN is missing."""
    values = np.asarray(rows[name].to_numpy())
    if values.dtype.kind in "iufb":
        return values.astype(np.float64)
    if values.dtype.kind in "mM":
        numbers = values.astype("int64").astype(np.float64)
        return np.where(np.isnat(values), np.nan, numbers)
    texts = [None if value is None or value != value else str(value) for value in values.tolist()]  # noqa: PLR0124 - NaN
    places = {text: place for place, text in enumerate(sorted({text for text in texts if text is not None}))}
    return np.array([np.nan if text is None else places[text] for text in texts], np.float64)


def values_of(rows: Table, name: str, what: str) -> np.ndarray:
    """A column's values (rows,), each of which must be there; `what` the column is, for the message.

    Raises:
        InputError: when some are missing.
    """
    values = np.asarray(rows[name].to_numpy())
    missing = np.isnan(values) if values.dtype.kind == "f" else np.array([value is None for value in values])
    if missing.any():
        count = humanize.count(int(missing.sum()), "missing value")
        raise InputError(f"{what} {name!r} has {count}; leave those rows out")
    return values


def labels(rows: Table, name: str) -> np.ndarray:
    """A column as text (rows,); a missing value is "(missing)"."""
    values = rows[name].to_numpy().tolist()
    return np.array(["(missing)" if value is None or value != value else str(value) for value in values])  # noqa: PLR0124 - NaN
