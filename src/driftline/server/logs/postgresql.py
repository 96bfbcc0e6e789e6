"""A log in PostgreSQL, for several machines that take rows in."""

import re
import time
from collections.abc import Callable, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, Self, TypeVar

from driftline.config.url import Url
from driftline.errors import MissingExtraError, StoreError
from driftline.server.logs.base import MOST_DEAD, REMEMBERED, DeadLetter, Entry
from driftline.stores.postgresql_errors import translate_errors

if TYPE_CHECKING:
    import psycopg

Answer = TypeVar("Answer")

_LOCK = 0x44724C67  # of advisory locks: one transaction at a time appends, so that positions are seen in order
VERSION = 1
_ABOUT = "Driftline event log, version "
_MAKE = f"""
    CREATE TABLE IF NOT EXISTS driftline_entries (
      position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      model TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('predictions', 'labels')),
      batch TEXT NOT NULL,
      rows BIGINT NOT NULL,
      received DOUBLE PRECISION NOT NULL,
      data BYTEA,
      UNIQUE (model, kind, batch)
    );
    ALTER TABLE driftline_entries ALTER COLUMN data SET STORAGE EXTERNAL;
    CREATE INDEX IF NOT EXISTS driftline_entries_by_model ON driftline_entries (model, position);
    COMMENT ON TABLE driftline_entries IS '{_ABOUT}{VERSION}';
"""
_SETTINGS = "SET synchronous_commit = on; SET statement_timeout = '30s'; SET client_encoding = 'UTF8'"
_APPEND = """
    INSERT INTO driftline_entries (model, kind, batch, rows, received, data) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""
_READ = """
    SELECT position, model, kind, batch, rows, received, data FROM driftline_entries JOIN (
      SELECT position, sum(octet_length(data)) OVER (ORDER BY position) AS total, row_number() OVER (ORDER BY position)
      FROM (
        SELECT position, data FROM driftline_entries
        WHERE position > %(after)s AND data IS NOT NULL AND (%(model)s::text IS NULL OR model = %(model)s)
        ORDER BY position LIMIT 1000
      ) AS following
    ) AS sized USING (position) WHERE total <= %(most)s OR row_number = 1 ORDER BY position
"""
_FIND = """
    SELECT position, model, kind, batch, rows, received, data FROM driftline_entries
    WHERE model = %s AND kind = %s AND batch = %s AND data IS NOT NULL
"""
_LAST = "SELECT coalesce(max(position), 0) FROM driftline_entries"
_WAITING = "SELECT coalesce(sum(rows), 0) FROM driftline_entries WHERE model = %s AND position > %s"
_TRIM = "UPDATE driftline_entries SET data = NULL WHERE model = %s AND position < %s AND data IS NOT NULL"
_FORGET = """
    DELETE FROM driftline_entries WHERE model = %s AND position < %s AND data IS NULL
    AND received < (SELECT received FROM driftline_entries ORDER BY position DESC LIMIT 1) - %s
"""
_DEAD_TABLE = """
    CREATE TABLE IF NOT EXISTS driftline_dead_letters (
      position BIGINT PRIMARY KEY, model TEXT NOT NULL, kind TEXT NOT NULL, batch TEXT NOT NULL, rows BIGINT NOT NULL,
      received DOUBLE PRECISION NOT NULL, reason TEXT NOT NULL, noticed DOUBLE PRECISION NOT NULL, data BYTEA
    )
"""
_SET_ASIDE = """
    INSERT INTO driftline_dead_letters
    SELECT position, model, kind, batch, rows, received, %s, %s, data FROM driftline_entries
    WHERE position = %s AND data IS NOT NULL ON CONFLICT DO NOTHING
"""
_BOUND = """
    UPDATE driftline_dead_letters SET data = NULL WHERE data IS NOT NULL AND position IN (
      SELECT position FROM (
        SELECT position, sum(octet_length(data)) OVER (PARTITION BY model ORDER BY position DESC) AS total
        FROM driftline_dead_letters
      ) AS sized WHERE total > %s
    )
"""
_DEAD = """
    SELECT position, model, kind, batch, rows, received, reason, noticed, coalesce(octet_length(data), 0)
    FROM driftline_dead_letters WHERE %(model)s::text IS NULL OR model = %(model)s ORDER BY position
"""
_RETRY = """
    INSERT INTO driftline_entries (model, kind, batch, rows, received, data)
    SELECT model, kind, %s, rows, received, data FROM driftline_dead_letters WHERE position = %s
"""


class Postgresql:
    """A log in the table `driftline_entries` of the database that a URL names: `postgresql://user@host/database`.

    The table is made where there is none. Whatever the database's default is, a commit waits until it is on disk
    (synchronous_commit). After the database was away, the next call connects again. The password may be left to
    PGPASSWORD or a password file, as with any client of PostgreSQL.

    Args:
        url: names the database; parameters of libpq may follow, as `?sslmode=verify-full`.

    Raises:
        StoreError: when the database cannot be reached, or its table is one of a newer Driftline.
        MissingExtraError: when psycopg is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import psycopg  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("an event log in PostgreSQL", "postgresql") from error
        self._url, self.label, self._closed = url, Url.parse(url).label, False
        self._lost: type[Exception] = psycopg.OperationalError
        self._lines: dict[str, psycopg.Connection[tuple[Any, ...]]] = {}
        self._locks = {"append": RLock(), "read": RLock()}
        try:
            self._ask("append", self._prepare)
        except BaseException:
            self.close()
            raise

    def append(self, entries: Sequence[Entry]) -> list[bool]:
        """Keep entries in one transaction, in this order; says of each whether it is new.

        If the connection was lost while it was committed, it is asked again, and then says of what had been kept that
        it is known.
        """
        rows = [(e.model, e.kind, e.batch, e.rows, e.received, e.data) for e in entries]

        def work(line: "psycopg.Connection[tuple[Any, ...]]") -> list[bool]:
            with line.transaction():
                line.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                with line.pipeline():
                    found = [line.execute(_APPEND, row) for row in rows]
                return [cursor.rowcount > 0 for cursor in found]

        return self._ask("append", work)

    def read(self, after: int, most_bytes: int, model: str | None = None) -> list[Entry]:
        """Entries behind a position, in order: as many as hold `most_bytes` of data, but at least one."""
        values = {"after": after, "most": most_bytes, "model": model}
        return self._ask("read", lambda line: [Entry(*row) for row in line.execute(_READ, values, binary=True)])

    def find(self, model: str, kind: str, batch: str) -> Entry | None:
        """The entry of this name; None where there is none, or its rows were dropped."""

        def work(line: "psycopg.Connection[tuple[Any, ...]]") -> Entry | None:
            row = line.execute(_FIND, (model, kind, batch), binary=True).fetchone()
            return None if row is None else Entry(*row)

        return self._ask("read", work)

    def last(self) -> int:
        """The position of the newest entry ever kept, 0 if there was none."""
        return self._ask("read", lambda line: int((line.execute(_LAST).fetchone() or (0,))[0]))

    def waiting(self, after: int, model: str) -> int:
        """How many rows of a model are behind a position."""
        return self._ask("read", lambda line: int((line.execute(_WAITING, (model, after)).fetchone() or (0,))[0]))

    def trim(self, before: int, model: str) -> int:
        """Drop the rows of a model's entries before a position; gives how many entries."""

        def work(line: "psycopg.Connection[tuple[Any, ...]]") -> int:
            with line.transaction():
                trimmed = line.execute(_TRIM, (model, before)).rowcount
                line.execute(_FORGET, (model, before, REMEMBERED))
            return trimmed

        return self._ask("append", work)

    def set_aside(self, position: int, reason: str) -> None:
        """Keep a copy of an entry as a dead letter."""

        def work(line: "psycopg.Connection[tuple[Any, ...]]") -> None:
            with line.transaction():
                line.execute(_SET_ASIDE, (reason, time.time() * 1e6, position))
                line.execute(_BOUND, (MOST_DEAD,))

        self._ask("append", work)

    def dead_letters(self, model: str | None = None) -> list[DeadLetter]:
        """The dead letters of a model or of all, in the order of the log."""
        return self._ask("read", lambda line: [DeadLetter(*row) for row in line.execute(_DEAD, {"model": model})])

    def retry(self, model: str | None = None) -> int:
        """Append the rows of dead letters once more, in one transaction; gives how many."""

        def work(line: "psycopg.Connection[tuple[Any, ...]]") -> int:
            with line.transaction():
                line.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                letters = [DeadLetter(*row) for row in line.execute(_DEAD, {"model": model})]
                whole = [letter for letter in letters if letter.bytes]
                for letter in whole:
                    line.execute(_RETRY, (letter.name, letter.position))
                    line.execute("DELETE FROM driftline_dead_letters WHERE position = %s", (letter.position,))
                return len(whole)

        return self._ask("append", work)

    def close(self) -> None:
        """Close both connections."""
        self._closed = True
        for name, lock in self._locks.items():
            with lock:
                self._drop(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, name: str, work: "Callable[[psycopg.Connection[tuple[Any, ...]]], Answer]") -> "Answer":
        """What work gives on a connection; once more on a new one, where an old one turns out to be lost."""
        with self._locks[name], translate_errors(self._url):
            known = name in self._lines
            try:
                return work(self._line(name))
            except self._lost:
                self._drop(name)
                if not known:
                    raise
            try:
                return work(self._line(name))
            except self._lost:
                self._drop(name)
                raise

    def _line(self, name: str) -> "psycopg.Connection[tuple[Any, ...]]":
        import psycopg  # noqa: PLC0415 - an extra

        if self._closed:
            raise StoreError(f"{self.label}: the log is closed")
        if name not in self._lines:
            line = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
            self._lines[name] = line
            line.execute(_SETTINGS)
        return self._lines[name]

    def _drop(self, name: str) -> None:
        if name in self._lines:
            self._lines.pop(name).close()

    def _prepare(self, line: "psycopg.Connection[tuple[Any, ...]]") -> None:
        """Make the table where there is none; one process at a time."""
        with line.transaction():
            line.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            ((there, about),) = line.execute(
                "SELECT to_regclass('driftline_entries') IS NOT NULL,"
                " coalesce(obj_description(to_regclass('driftline_entries'), 'pg_class'), '')"
            ).fetchall()
            if not there:
                line.execute(_MAKE)
                line.execute(_DEAD_TABLE)
            elif (said := re.fullmatch(rf"{_ABOUT}(\d+)", about)) is None or int(said[1]) > VERSION:
                raise StoreError(
                    f"{self.label}: the table driftline_entries is of a newer Driftline, or of another program "
                    f"({about!r}, this one knows {_ABOUT}{VERSION}); upgrade, or name another database"
                )
            else:
                line.execute(_DEAD_TABLE)  # a log of before has none


postgresql = Postgresql
