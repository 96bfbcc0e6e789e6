"""A store in PostgreSQL, for several servers, and for tools that read a database over the network."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from threading import RLock
from typing import TYPE_CHECKING, Any

from driftline.config.url import Url
from driftline.errors import ConfigError, MissingExtraError, StoreError
from driftline.stores.backends.base_sql import SCHEMA, VERSION, SqlStore
from driftline.stores.postgresql_errors import translate_errors
from driftline.stores.records import refuse_claim
from driftline.stores.sqlite_file import split_statements

if TYPE_CHECKING:
    import psycopg

    Line = psycopg.Connection[dict[str, Any]]

_LOCK = 0x44726674  # of advisory locks: one transaction at a time writes, so that runs are numbered as they are seen
_CLAIM = 0x44726675  # of the locks of claims, with a hash of the model
_ABOUT = "Driftline store, version "
_SETTINGS = "SET synchronous_commit = on; SET statement_timeout = '60s'; SET client_encoding = 'UTF8'"
_FIND = "SELECT obj_description(oid, 'pg_namespace') AS about FROM pg_namespace WHERE nspname = 'driftline'"
_READS = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_DIALECT = {
    r"\bTEXT\b": 'TEXT COLLATE "C"',
    r"\bINTEGER PRIMARY KEY\b": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    r"\bINTEGER\b": "BIGINT",
    r"\bREAL\b": "DOUBLE PRECISION",
    r"\bBLOB\b": "BYTEA",
    r"\) STRICT(, WITHOUT ROWID)?;": ");",
    r"CREATE VIEW IF NOT EXISTS": "CREATE OR REPLACE VIEW",
    r"substr\(([^(),]+), 1, instr\(\1, '/'\) - 1\)": r"split_part(\1, '/', 1)",
    r"substr\(([^(),]+), instr\(\1, '/'\) \+ 1\)": r"split_part(\1, '/', 2)",
}
"""What PostgreSQL says otherwise than the script of the tables does."""
_MARK = "\ue000"  # of what PostgreSQL's texts cannot hold
_ESCAPES = {_MARK: f"{_MARK}1", "\0": f"{_MARK}0"}


class Postgresql(SqlStore):
    """A store in the schema `driftline` of the database that a URL names: `postgresql://user@host/database`.

    The schema is made where there is none; docs/tables.md describes its tables, which are those of SQLite. Whatever the
    database's default is, a commit waits until it is on disk (synchronous_commit). One transaction at a time writes.
    After the database was away, the next call connects again. The password may be left to PGPASSWORD or a password
    file, as with any client of PostgreSQL.

    Args:
        url: names the database; parameters of libpq may follow, as `?sslmode=verify-full`.

    Raises:
        StoreError: when the database cannot be reached, or its schema `driftline` is none of this Driftline.
        MissingExtraError: when psycopg is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import psycopg  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("a store in PostgreSQL", "postgresql") from error
        self._lost: type[Exception] = psycopg.OperationalError
        try:
            label = Url.parse(url).label
        except ConfigError as error:
            raise StoreError(str(error)) from error
        self._url, self._lock = url, RLock()
        self._line: Line | None = None
        self._closed = False
        try:
            with self.session() as session:
                session.prepare(label)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def session(self, *, writes: bool = True) -> Iterator["_Session"]:
        """One transaction; one that writes is the only one that does, one that reads sees one state of the store."""
        with self._lock, translate_errors(self._url):
            line = self._begin(f"SELECT pg_advisory_xact_lock({_LOCK})" if writes else _READS)
            try:
                yield _Session(line)
                line.commit()
            except BaseException:
                if line.closed:
                    self._drop()
                else:
                    line.rollback()
                raise

    @contextmanager
    def claim(self, model: str) -> Iterator[None]:
        """Hold a model's windows in this store, by a lock of a connection of its own: it ends where that is lost."""
        key = int.from_bytes(hashlib.blake2b(model.encode(), digest_size=4).digest(), signed=True)
        with translate_errors(self._url):
            line = self._connect()
        with closing(line):
            with translate_errors(self._url):
                row = line.execute(f"SELECT pg_try_advisory_lock({_CLAIM}, {key}) AS held".encode()).fetchone()
                line.commit()
            if row is None or not row["held"]:
                raise refuse_claim(Url.parse(self._url).label, model)
            yield

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._closed = True
            self._drop()

    def _begin(self, first: str) -> "Line":
        """A connection whose transaction has begun with this statement; a new one, where the old one is lost."""
        if self._line is not None:
            try:
                self._line.execute(first)
            except self._lost:
                self._drop()
        if self._line is None:
            self._line = self._connect()
            self._line.execute(first)
        return self._line

    def _connect(self) -> "Line":
        import psycopg  # noqa: PLC0415 - an extra
        from psycopg.rows import dict_row  # noqa: PLC0415 - an extra

        if self._closed:
            raise StoreError(f"{Url.parse(self._url).label}: the store is closed")
        line = psycopg.connect(self._url, autocommit=True, connect_timeout=10, row_factory=dict_row)
        line.execute(_SETTINGS)
        line.execute("SET search_path = driftline")
        line.autocommit = False
        return line

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


@dataclass(frozen=True, slots=True)
class _Session:
    """One transaction of a connection."""

    line: "Line"

    def read(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of a query, by name."""
        found = self.line.execute(_translate(sql), _encode(values)).fetchall()
        return [{name: _decode_text(value) for name, value in row.items()} for row in found]

    def write(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run a statement with each of these values; gives how many rows it changed."""
        if not rows:
            return 0
        with self.line.cursor() as cursor:
            cursor.executemany(_translate(sql), [_encode(row) for row in rows])
            return max(cursor.rowcount, 0)

    def prepare(self, label: str) -> None:
        """Make the schema where there is none, and bring one of an older version up to this one.

        Raises:
            StoreError: when it is of another program, or of a newer Driftline.
        """
        row = self.line.execute(_FIND).fetchone()
        if row is None:
            self.line.execute("CREATE SCHEMA driftline")
            self._make_tables()
        elif (said := re.fullmatch(rf"{_ABOUT}(\d+)", row["about"] or "")) is None or int(said[1]) > VERSION:
            raise StoreError(
                f"{label}: the schema driftline is of a newer Driftline, or of another program "
                f"({row['about']!r}, this one knows {_ABOUT}{VERSION}); upgrade, or name another database"
            )
        elif int(said[1]) < VERSION:  # since version 2, the first here, there are new views alone
            self._make_tables()

    def _make_tables(self) -> None:
        """Make the tables and views that are not there, and say of which version they are."""
        for statement in split_statements(make_schema()):
            self.line.execute(statement.encode())
        self.line.execute(f"COMMENT ON SCHEMA driftline IS '{_ABOUT}{VERSION}'".encode())


def make_schema() -> str:
    """The script of the tables as PostgreSQL writes it."""
    script = SCHEMA
    for pattern, text in _DIALECT.items():
        script = re.sub(pattern, text, script)
    return script


@cache
def _translate(sql: str) -> bytes:
    """A statement with psycopg's parameters: `:model` is `%(model)s`."""
    return re.sub(r"(?<![:\w]):(\w+)", r"%(\1)s", sql.replace("%", "%%")).encode()


def _encode(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _encode_value(value) for name, value in values.items()}


def _encode_value(value: Any) -> Any:
    """A value that the tables can hold: flags are numbers, and a text has no NUL."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and ("\0" in value or _MARK in value):
        return re.sub(f"[\0{_MARK}]", lambda match: _ESCAPES[match[0]], value)
    return value


def _decode_text(value: Any) -> Any:
    """The inverse of it for texts."""
    if isinstance(value, str) and _MARK in value:
        return re.sub(f"{_MARK}([01])", lambda match: _MARK if match[1] == "1" else "\0", value)
    return value


postgresql = Postgresql
