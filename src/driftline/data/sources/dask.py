"""Rows of Dask: a data frame, or delayed tables of pandas, PyArrow or Polars, one for each partition."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from driftline import registry
from driftline.errors import InputError


class Dask:
    """A Dask data frame, or a list of delayed tables."""

    engine = "dask"
    format = "memory"
    rows: int | None = None

    def __init__(self, rows: Any) -> None:
        from dask.delayed import Delayed  # noqa: PLC0415 - who has such rows has it

        delayed = rows if isinstance(rows, list) else [rows]
        self.table = None if all(isinstance(part, Delayed) for part in delayed) else rows
        self._delayed = delayed
        self.label = f"dask {type(delayed[0]).__name__}"
        if self.table is not None and not (hasattr(rows, "to_delayed") and hasattr(rows, "columns")):
            raise InputError(
                f"cannot read a {type(delayed[0]).__name__} of dask; hand over a dask.dataframe, or a list of delayed "
                "tables"
            )

    def partitions(self, columns: Sequence[str] | None = None) -> list[Any]:
        """Each partition as a delayed table; where columns are named a data frame has no others."""
        if self.table is None:
            return self._delayed
        names = self.table.columns if columns is None else [name for name in self.table.columns if name in columns]
        parts: list[Any] = (self.table[list(names)] if columns is not None and names else self.table).to_delayed()
        return parts

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows, a partition at a time on this machine; the engine `dask` leaves them where they are."""
        for part in self.partitions(columns):
            yield from registry.find("sources", "frames")(part.compute()).batches(columns)


dask = Dask
