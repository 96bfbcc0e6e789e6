"""Rows of a table, by a key that grows: `postgresql://user@host/database?table=taxi.predictions&key=id`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, ClassVar

from driftline.config.url import Url
from driftline.data.sources.base_postgresql import simple_types
from driftline.errors import ConfigError, FeedError, MissingExtraError
from driftline.server.feed_state import FILE
from driftline.server.feeds.base import Message
from driftline.server.feeds.base_keyed import KeyedFeed

Key = tuple[str, ...]
"""The key's columns as text, which PostgreSQL reads again as what they are."""


class Table:
    """Questions to a table in PostgreSQL. Names are quoted identifiers, values are parameters.

    Args:
        db: a connection of psycopg.
        name: the table or view, with its schema or without.
        key: columns that together are unique and grow with each row.
    """

    def __init__(self, db: Any, name: str, key: Sequence[str]) -> None:
        from psycopg import sql  # noqa: PLC0415 - an extra, and there once there is a connection

        columns = [sql.Identifier("t", one) for one in key]

        def listed(form: str, by: str = ", ") -> Any:
            return sql.SQL(by).join(sql.SQL(form).format(column) for column in columns)

        parts = {
            "table": sql.Identifier(*name.split(".")), "keys": listed("{}"), "texts": listed("{}::text"),
            "last": listed("{} DESC"), "there": listed("{} IS NOT NULL", " AND "),
            "marks": sql.SQL(", ").join(sql.Placeholder() * len(key)),
        }  # fmt: skip
        self._db, self._width = db, len(key)
        self._seen: tuple[Key, int, float] | None = None  # newest key, the transactions it waits for, and until when
        self._newest = sql.SQL(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
            "pg_snapshot_xmax(pg_current_snapshot())::text::bigint, {texts} "
            "FROM {table} AS t WHERE {there} ORDER BY {last} LIMIT 1"
        ).format(**parts)
        self._first, self._further = (
            sql.SQL(
                f"SELECT {{texts}}, t.* FROM {{table}} AS t WHERE {after} ({{keys}}) <= ({{marks}}) "  # noqa: S608 - own text
                "ORDER BY {keys} LIMIT %s"
            ).format(**parts)
            for after in ("", "({keys}) > ({marks}) AND")
        )

    def goal(self, reached: Key, settle: float) -> Key | None:
        """A newer key than `reached` up to which no row will be added any more; None while there is none.

        The newest key is taken once all transactions have ended that were under way when it was first seen, and
        `settle` seconds have passed. Both transaction numbers are of the snapshot that the key is of.
        """
        row = self._db.execute(self._newest).fetchone()
        if row and not self._seen and row[2:] != reached:
            self._seen = (row[2:], row[1], monotonic() + settle)
        if not row or not self._seen or row[0] < self._seen[1] or monotonic() < self._seen[2]:
            return None
        found, self._seen = self._seen[0], None
        return found

    @property
    def waits(self) -> bool:
        """Whether a newer key was seen that is not yet taken."""
        return self._seen is not None

    def rows(self, after: Key, upto: Key, most: int) -> tuple[Key, Key, dict[str, list[Any]]] | None:
        """The next rows after a key or from the start: first and last key, and columns; None where there are none."""
        cursor = self._db.execute(self._further if after else self._first, [*after, *upto, most])
        found = cursor.fetchall()
        if not found:
            return None
        names = [column.name for column in cursor.description][self._width :]
        values = map(list, list(zip(*found, strict=True))[self._width :])
        return found[0][: self._width], found[-1][: self._width], dict(zip(names, values, strict=True))


class Postgresql(KeyedFeed):
    """New rows of a table or view, which is only read; model and kind are the schema's and table's name, or the URL's.

    `key` names the columns that grow with each row, such as `id` or `updated_at,id`; together they are unique, and
    rows without are not seen. Rows are read once every transaction that may still add smaller keys has ended, and
    `settle` seconds after they were first seen. `listen` names a channel whose notifications wake the feed. How far it
    came is remembered in the file `state`.
    """

    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "table": "", "key": "", "rows": 10_000, "settle": 1.0, "every": 1.0, "listen": "", "state": FILE,
        "sslmode": "prefer", "sslrootcert": "",
    }  # fmt: skip

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None:
        if not settings["table"] or not settings["key"]:
            raise ConfigError(f"{address.label}: expected table= and key= in the URL, such as ?table=trips&key=id")
        try:
            import psycopg  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("feeds from PostgreSQL", "postgresql") from error
        self._psycopg, self._error, self._address = psycopg, psycopg.Error, address
        super().__init__(settings, f"{address.label}/{settings['table']}/{settings['key']}", ())

    def heartbeat(self) -> None:
        """Nothing: the connection keeps itself up."""

    def close(self) -> None:
        """Let go."""
        self._db.close()
        self._memory.close()

    def _connect(self) -> None:
        address, settings, psycopg = self._address, self._settings, self._psycopg
        self._db = psycopg.connect(
            host=address.host, port=address.port or 5432, dbname=address.path.strip("/"), user=address.user,
            password=address.password, sslmode=settings["sslmode"], autocommit=True, connect_timeout=5,
            sslrootcert=settings["sslrootcert"] or None,
            options="-c timezone=UTC -c default_transaction_read_only=on",
        )  # fmt: skip
        simple_types(self._db)
        self._table = Table(self._db, settings["table"], settings["key"].split(","))
        if settings["listen"]:
            self._db.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(settings["listen"])))

    def _read_key(self, text: str) -> Key:
        return tuple(json.loads(text))

    def _write_key(self, key: Key) -> str:
        return json.dumps(key)

    def _look(self) -> None:
        """Go on to the newest key; it is remembered, so that the pieces up to it are the same after a crash."""
        settle, every = self._settings["settle"], self._settings["every"]
        if goal := self._table.goal(self._upper, settle):
            self._set_goal(goal)
        else:
            self._next = monotonic() + (min(every, settle or every) if self._table.waits else every)

    def _piece(self) -> Message | None:
        """The next rows up to the goal; None where they were deleted meanwhile."""
        found = self._table.rows(self._at, self._upper, self._settings["rows"])
        if found is None:
            self._at = self._upper
            return None
        first, self._at, columns = found
        batch = f"{self._settings['table']}/{'/'.join(first)}..{'/'.join(self._at)}"
        return self._message(self._settings["table"], batch, columns, "column {!r}: cast its type in a view")

    def _pause(self, seconds: float) -> None:
        """Wait, for a notification where there may be one."""
        if not self._settings["listen"]:
            super()._pause(seconds)
        elif list(self._db.notifies(timeout=seconds, stop_after=1)):
            self._next = 0.0

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            raise FeedError(f"PostgreSQL: {str(error).strip() or type(error).__name__}") from error
