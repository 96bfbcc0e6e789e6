"""Rows that are in memory already: tables with the Arrow PyCapsule interface, pandas, dicts, lists of dicts, arrays."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from driftline.data import by_name, columns
from driftline.errors import InputError

BATCH = 131_072
_MISSING = frozenset({"None", "nan", "NaT", "<NA>"})  # how pandas writes what is missing
_BROKEN = (  # what a column that Arrow cannot hold raises, by library
    pl.exceptions.PolarsError, pl.exceptions.PanicException, TypeError, ValueError, NotImplementedError, OSError,
)  # fmt: skip


class Frames:
    """A table as a source: pandas, polars (also lazy), pyarrow, DuckDB, all that speak Arrow, dicts, lists, arrays."""

    def __init__(self, table: Any, label: str = "") -> None:
        self.table = read(table)
        self.label = label or f"{type(table).__module__.split('.')[0]} {type(table).__name__}"
        self.format = "memory"
        self.rows: int | None = self.table.height

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows in slices of 131,072, without copies; at least one slice, so that the columns are known."""
        table = self.table if columns is None else by_name.select(self.table, columns)
        if not table.height:
            yield table
        yield from table.iter_slices(BATCH)


frames = Frames


def read(table: Any) -> pl.DataFrame:
    """The table as a polars frame; a pandas column of mixed Python objects becomes text.

    Raises:
        InputError: when it is no table, cannot be computed, or has two columns of one name.

    >>> read([{"x": 1, "k": "a"}, {"x": 2.5}]).rows()
    [(1.0, 'a'), (2.5, None)]
    """
    what = type(table).__name__
    try:
        return _read(table)
    except ImportError as error:
        raise InputError(
            f"a {what} needs pyarrow to be read; install it with: pip install 'driftline[arrow]'"
        ) from error
    except _BROKEN as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(f"cannot read this {what}: {first[:200]}; give it plain columns of one type each") from error


def _read(table: Any) -> pl.DataFrame:
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if isinstance(table, Mapping):
        return pl.DataFrame([_sequence(str(name), values) for name, values in table.items()])
    if isinstance(table, list) and table and all(isinstance(row, Mapping) for row in table):
        names = dict.fromkeys(name for row in table for name in row)
        return pl.DataFrame([columns.column(str(name), [row.get(name) for row in table]) for name in names])
    if isinstance(table, np.ndarray) and table.ndim in {1, 2}:
        return pl.DataFrame(table)
    if hasattr(table, "to_frame") and not hasattr(table, "columns"):  # a pandas Series
        table = table.to_frame()
    if hasattr(table, "iloc") and hasattr(table, "columns"):
        table = _with_index(table)
        _check_names(table)
        return _by_column(table)
    if not hasattr(table, "__arrow_c_stream__"):
        raise InputError(
            f"cannot read a {type(table).__name__}: expected a path, a table with the Arrow PyCapsule interface "
            "(pandas, polars, pyarrow, DuckDB …), a dict of columns, a list of dicts, or a NumPy array"
        )
    _check_names(table)
    return pl.DataFrame(table)


def _sequence(name: str, values: Any) -> pl.Series:
    """One column of a dict."""
    if isinstance(values, pl.Series):
        return values.alias(name)
    if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
        raise InputError(
            f"cannot read a dict whose {name!r} is a {type(values).__name__}; expected a list or an array of values"
        )
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        return pl.Series(name, values)
    return columns.column(name, list(values))


def _with_index(table: Any) -> Any:
    """A pandas table with its index as columns, where that has a name or holds times; else it only counts rows."""
    index = table.index
    told = all(name is not None for name in index.names) or hasattr(index, "tz")
    taken = {str(name) for name in table.columns}
    return table.reset_index() if told and not taken & {str(name or "index") for name in index.names} else table


def _check_names(table: Any) -> None:
    names = [str(name) for name in getattr(table, "column_names", None) or getattr(table, "columns", [])]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"the table has {twice[0]!r} as a column name more than once; give each column its own name")


def _by_column(table: Any) -> pl.DataFrame:
    """A pandas table; what Arrow has no type for, such as words among numbers, is read as text."""
    try:
        return pl.DataFrame(table)
    except ImportError:
        return pl.DataFrame([_without_arrow(str(name), values) for name, values in table.items()])
    except _BROKEN:
        return pl.DataFrame([_column(str(name), values) for name, values in table.items()])


def _column(name: str, values: Any) -> pl.Series:
    try:
        return pl.DataFrame(values.to_frame()).to_series().alias(name)
    except _BROKEN:
        texts = map(str, values)
        return pl.Series(name, [None if text in _MISSING else text for text in texts], dtype=pl.String)


def _without_arrow(name: str, values: Any) -> pl.Series:
    """A pandas column where PyArrow is not installed: by NumPy, or value by value where NumPy has no type for it."""
    if getattr(values.dtype, "tz", None) is not None:
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biufmM":
        array = values.to_numpy()
        return pl.Series(name, array, nan_to_null=array.dtype.kind == "f")  # NaN is how pandas writes what is missing
    missing = values.isna().tolist()
    return columns.column(name, [None if none else value for value, none in zip(values, missing, strict=True)])
