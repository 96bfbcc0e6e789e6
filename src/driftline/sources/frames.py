"""Rows that are in memory already: anything with the Arrow PyCapsule interface."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from driftline.errors import InputError

BATCH = 131_072


class Frames:
    """A data frame as a source: pandas, polars (also lazy), pyarrow, DuckDB and all that speak Arrow."""

    def __init__(self, table: Any, label: str = "") -> None:
        self.table = read(table)
        self.label = label or f"{type(table).__module__.split('.')[0]} {type(table).__name__}"
        self.format = "memory"
        self.rows: int | None = self.table.height

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows in slices of 131,072, without copies; at least one slice, so that the columns are known."""
        table = (
            self.table if columns is None else self.table.select(name for name in self.table.columns if name in columns)
        )
        if not table.height:
            yield table
        yield from table.iter_slices(BATCH)


frames = Frames


def read(table: Any) -> pl.DataFrame:
    """The table as a polars frame.

    Raises:
        InputError: when it does not speak Arrow, or has two columns of one name.
    """
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if isinstance(table, pl.DataFrame):
        return table
    if not hasattr(table, "__arrow_c_stream__"):
        raise InputError(
            f"cannot read a {type(table).__name__}: expected a path, or a table with the Arrow PyCapsule interface "
            "(pandas, polars, pyarrow, DuckDB …)"
        )
    names = [str(name) for name in getattr(table, "columns", [])]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"the table has {twice[0]!r} as a column name more than once; give each column its own name")
    try:
        return pl.DataFrame(table)
    except ImportError as error:
        raise InputError(
            f"a {type(table).__name__} needs pyarrow to be read; install it with: pip install 'driftline[arrow]'"
        ) from error
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise InputError(
            f"cannot read this {type(table).__name__}: {error}; convert columns of mixed types first"
        ) from error
