"""A table that is read in the order of a key that grows, and never past what may still get smaller keys."""

from collections.abc import Sequence
from time import monotonic
from typing import Any

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


def simple_types(db: Any) -> None:
    """Have types without a place in Arrow come as text, and decimals as numbers."""
    from psycopg.types.numeric import FloatLoader  # noqa: PLC0415
    from psycopg.types.string import TextLoader  # noqa: PLC0415

    for kind in ("uuid", "json", "jsonb", "inet", "cidr"):
        db.adapters.register_loader(kind, TextLoader)
    db.adapters.register_loader("numeric", FloatLoader)
