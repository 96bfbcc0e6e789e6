"""DuckDB: a relation, or one query to a database file: `duckdb:///trips.db?query=SELECT * FROM predictions`."""

import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from driftline import registry
from driftline.data import by_name
from driftline.data.file_formats import BATCH
from driftline.data.sources.base import Source
from driftline.data.sources.base_query import split_query
from driftline.errors import InputError, MissingExtraError


def duckdb(rows: Any) -> Source:
    """The source of a relation, or of a URL."""
    source: Source = Query(rows) if isinstance(rows, str) else registry.find("sources", "frames")(rows)
    return source


class Query:
    """The rows of a query. The file is only read; without a path, as in `duckdb:///?query=…`, there is none.

    A path is relative after three slashes, absolute after four. The rows are kept in DuckDB's temporary storage, so
    that each pass over them gives the same.

    Raises:
        MissingExtraError: when DuckDB is not installed.
        InputError: when there is no such file, or DuckDB refuses the query.
    """

    format = "memory"

    def __init__(self, url: str) -> None:
        try:
            import duckdb as library  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("queries to DuckDB", "duckdb") from error
        address, sql, self.label = split_query(url)
        path = address.removeprefix("duckdb:///")
        if path and not Path(path).is_file():
            raise InputError(
                f"{self.label}: no such file {path!r}; three slashes are before a relative path, four before /"
            )
        try:
            self._db = library.connect(path or ":memory:", read_only=bool(path))
            weakref.finalize(self, self._db.close)
            self._db.execute("SET python_enable_replacements = false")  # no name in the query is one of this program
            self._db.execute(f"CREATE TEMP TABLE driftline_rows AS SELECT * FROM (\n{sql}\n)")  # noqa: S608 - the SQL is the person's own
        except library.Error as error:
            raise InputError(f"{self.label}: {str(error).splitlines()[0]}") from error
        self.rows: int | None = self._db.execute("SELECT count(*) FROM driftline_rows").fetchall()[0][0]

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows, 131,072 at a time."""
        for start in range(0, max(self.rows or 0, 1), BATCH):
            part = self._db.sql(f"SELECT * FROM driftline_rows WHERE rowid >= {start} AND rowid < {start + BATCH}")  # noqa: S608 - two numbers
            batch = pl.DataFrame(part)
            yield batch if columns is None else by_name.select(batch, columns)
