"""One query to PostgreSQL: `postgresql://user:${PASSWORD}@host/database?query=SELECT * FROM predictions`."""

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import polars as pl

from driftline.config.url import Url
from driftline.data.file_formats import BATCH
from driftline.data.sources.base_postgresql import simple_types
from driftline.data.sources.base_query import split_query
from driftline.errors import InputError, MissingExtraError

_SETTINGS = {"sslmode": "prefer", "sslrootcert": "", "connect_timeout": 10}
_TYPES: dict[int, Any] = {
    16: pl.Boolean(), 20: pl.Int64(), 21: pl.Int64(), 23: pl.Int64(), 26: pl.Int64(), 700: pl.Float64(),
    701: pl.Float64(), 1700: pl.Float64(), 1082: pl.Date(), 1083: pl.Time(), 1114: pl.Datetime("us"),
    1184: pl.Datetime("us", "UTC"), 1186: pl.Duration("us"), 17: pl.Binary(), 1005: pl.List(pl.Int64),
    1007: pl.List(pl.Int64), 1016: pl.List(pl.Int64), 1021: pl.List(pl.Float64), 1022: pl.List(pl.Float64),
}  # fmt: skip
"""Types by PostgreSQL's numbers of them; all others come as text."""


class Postgresql:
    """The rows of a query, in one read-only snapshot of the database: each pass over them gives the same.

    They come by a cursor, so that neither side holds them all. `sslmode`, `sslrootcert` and `connect_timeout` may stand
    before `query=`.

    Raises:
        MissingExtraError: when psycopg is not installed.
        InputError: when the database cannot be reached, or refuses the query.
    """

    format = "memory"
    rows: int | None = None

    def __init__(self, url: str) -> None:
        try:
            import psycopg  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("queries to PostgreSQL", "postgresql") from error
        address, self._sql, self.label = split_query(url)
        self._psycopg, self._names = psycopg, count()
        host = Url.parse(address)
        settings = host.settings(_SETTINGS)
        with self._database_errors():
            self._db = psycopg.connect(
                host=host.host, port=host.port or 5432, dbname=host.path.strip("/"), user=host.user,
                password=host.password, sslmode=settings["sslmode"], sslrootcert=settings["sslrootcert"] or None,
                connect_timeout=settings["connect_timeout"], options="-c timezone=UTC -c synchronize_seqscans=off",
            )  # fmt: skip
            weakref.finalize(self, self._db.close)
            self._db.read_only, self._db.isolation_level = True, psycopg.IsolationLevel.REPEATABLE_READ
            simple_types(self._db)
            head = self._db.execute(self._select("*", "LIMIT 0")).description or ()
        self._columns = {column.name: _TYPES.get(column.type_code, pl.String()) for column in head}
        if len(self._columns) < len(head):
            raise InputError(f"{self.label}: two columns have one name; name them apart with AS")

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows, 131,072 at a time."""
        types = {name: dtype for name, dtype in self._columns.items() if columns is None or name in columns}
        listed = self._psycopg.sql.SQL(", ").join(map(self._psycopg.sql.Identifier, types))
        with self._database_errors(), self._db.cursor(name=f"driftline_{next(self._names)}") as cursor:
            cursor.execute(self._select(listed))
            empty = True
            while (rows := cursor.fetchmany(BATCH)) or empty:
                empty = False
                values = zip(*rows, strict=True) if rows else ((),) * len(types)
                yield pl.DataFrame([_column(name, types[name], part) for name, part in zip(types, values, strict=True)])

    def _select(self, columns: Any, rest: str = "") -> Any:
        sql = self._psycopg.sql
        listed = sql.SQL(columns) if isinstance(columns, str) else columns
        return sql.SQL("SELECT {} FROM (\n{}\n) AS driftline_rows {}").format(listed, sql.SQL(self._sql), sql.SQL(rest))

    @contextmanager
    def _database_errors(self) -> Iterator[None]:
        try:
            yield
        except self._psycopg.Error as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise InputError(f"{self.label}: {first}") from error


def _column(name: str, dtype: pl.DataType, values: Sequence[Any]) -> pl.Series:
    if dtype == pl.String:
        values = [value if value is None or isinstance(value, str) else str(value) for value in values]
    return pl.Series(name, values, dtype)
