"""Rows that are in memory already: anything with the Arrow PyCapsule interface."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from driftline.data import by_name
from driftline.errors import InputError

BATCH = 131_072
_MISSING = frozenset({"None", "nan", "NaT", "<NA>"})  # how pandas writes what is missing
_BROKEN = (  # what a column that Arrow cannot hold raises, by library
    pl.exceptions.PolarsError, pl.exceptions.PanicException, TypeError, ValueError, NotImplementedError, OSError,
)  # fmt: skip


class Frames:
    """A data frame as a source: pandas, polars (also lazy), pyarrow, DuckDB and all that speak Arrow."""

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
        InputError: when it does not speak Arrow, cannot be computed, or has two columns of one name.
    """
    what = type(table).__name__
    if isinstance(table, pl.DataFrame):
        return table
    if not isinstance(table, pl.LazyFrame) and not hasattr(table, "__arrow_c_stream__"):
        raise InputError(
            f"cannot read a {what}: expected a path, or a table with the Arrow PyCapsule interface "
            "(pandas, polars, pyarrow, DuckDB …)"
        )
    try:
        if isinstance(table, pl.LazyFrame):
            return table.collect()
        _check_names(table)
        return _by_column(table) if hasattr(table, "iloc") and hasattr(table, "columns") else pl.DataFrame(table)
    except ImportError as error:
        raise InputError(
            f"a {what} needs pyarrow to be read; install it with: pip install 'driftline[arrow]'"
        ) from error
    except _BROKEN as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(f"cannot read this {what}: {first[:200]}; give it plain columns of one type each") from error


def _check_names(table: Any) -> None:
    names = [str(name) for name in getattr(table, "column_names", None) or getattr(table, "columns", [])]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"the table has {twice[0]!r} as a column name more than once; give each column its own name")


def _by_column(table: Any) -> pl.DataFrame:
    """A pandas table; what Arrow has no type for, such as words among numbers, is read as text."""
    try:
        return pl.DataFrame(table)
    except _BROKEN:
        return pl.DataFrame([_column(str(name), values) for name, values in table.items()])


def _column(name: str, values: Any) -> pl.Series:
    try:
        return pl.DataFrame(values.to_frame()).to_series().alias(name)
    except _BROKEN:
        texts = map(str, values)
        return pl.Series(name, [None if text in _MISSING else text for text in texts], dtype=pl.String)
