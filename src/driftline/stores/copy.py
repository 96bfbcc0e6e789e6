"""Copies a store into another one, of the same kind or another; what is there already is not copied again."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from driftline.errors import StoreError
from driftline.stores.backends.base_mongodb import MongodbIncidents
from driftline.stores.backends.base_sql import SCHEMA, SqlStore
from driftline.stores.base import Store
from driftline.stores.copy_mongodb import MongodbTables

Row = dict[str, Any]

_PAGE = 100  # rows that are read, and written in one transaction, at a time
_APPENDED = frozenset({"incident_actions", "events", "packs"})
"""Tables whose rows are never changed."""
_NEXT_RUNS = f"SELECT * FROM runs WHERE number > :after ORDER BY number LIMIT {_PAGE}"  # noqa: S608 - own names
_VERDICTS = "SELECT * FROM verdicts WHERE run_id = :run_id ORDER BY position"
_ACTIONS = "(SELECT count(*) FROM incident_actions WHERE incident = incidents.id)"


@cache
def find_keys(schema: str = SCHEMA) -> dict[str, tuple[str, ...]]:
    """The tables of a store, each with the columns of its key.

    >>> find_keys()["verdicts"]
    ('run_id', 'position')
    """
    tables = re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*?)\n\)", schema.replace("\r", ""), re.DOTALL)
    return {name: _find_key(body) for name, body in tables}


class Tables(Protocol):
    """The rows of a store, table by table, whatever it keeps them in."""

    def read_runs(self) -> Iterator[list[Row]]:
        """All runs in their order, a page at a time; without their numbers, which each store has of its own."""
        ...

    def read_verdicts(self, run_id: str) -> list[Row]:
        """The verdicts of a run, in order."""
        ...

    def add_runs(self, rows: Sequence[Row], find_verdicts: Callable[[str], list[Row]]) -> int:
        """Keep the runs that are not there, each with its verdicts; gives how many are new."""
        ...

    def read_table(self, table: str) -> Iterator[list[Row]]:
        """All rows of another table, a page at a time; with `actions`, how much people did to an incident."""
        ...

    def keep_rows(self, table: str, rows: Sequence[Row]) -> int:
        """Keep rows, in place of those of the same key, but where people did more; gives how many are new or others."""
        ...


def copy_store(source: Store, target: Store) -> Iterator[tuple[str, int]]:
    """Copy all of a store, a page at a time; gives after each page the table and how many rows of it are new.

    It can be stopped and begun again at any time. A run comes with all its verdicts or not at all. What was copied
    before and has changed since, such as an open incident, is brought up to date, but an incident to which people did
    more in the target stays as it is there.

    Raises:
        StoreError: when one of them is a store of another kind, or cannot be read or written.
    """
    old, new = open_tables(source), open_tables(target)
    for rows in old.read_runs():
        yield "runs", new.add_runs(rows, old.read_verdicts)
    for table in find_keys():
        if table not in {"runs", "verdicts"}:
            for rows in old.read_table(table):
                yield table, new.keep_rows(table, rows)


def open_tables(store: Store) -> Tables:
    """The tables of a store.

    Raises:
        StoreError: when it is of a kind that has none.
    """
    if isinstance(store, SqlStore):
        return SqlTables(store)
    if isinstance(store, MongodbIncidents):
        return MongodbTables(store)
    raise StoreError(f"a store of {type(store).__name__} cannot be copied; known are SQLite, PostgreSQL and MongoDB")


@dataclass(frozen=True)
class SqlTables:
    """The tables of a store in SQL."""

    store: SqlStore

    def read_runs(self) -> Iterator[list[Row]]:
        """All runs in their order."""
        after = 0
        while rows := _read(self.store, _NEXT_RUNS, {"after": after}):
            after = rows[-1]["number"]
            yield [{name: value for name, value in row.items() if name != "number"} for row in rows]

    def read_verdicts(self, run_id: str) -> list[Row]:
        """The verdicts of a run."""
        return _read(self.store, _VERDICTS, {"run_id": run_id})

    def add_runs(self, rows: Sequence[Row], find_verdicts: Callable[[str], list[Row]]) -> int:
        """Keep the runs that are not there, in one transaction."""
        new = 0
        with self.store.session() as session:
            for run in rows:
                if session.write(_insert("runs", run, ("run_id",)), [run]):
                    new += 1
                    verdicts = find_verdicts(run["run_id"])
                    session.write(_insert("verdicts", verdicts[0], ("run_id", "position")), verdicts) if verdicts else 0
        return new

    def read_table(self, table: str) -> Iterator[list[Row]]:
        """All rows in the order of the key."""
        key = find_keys()[table]
        names, of_people = _quote(key), _ACTIONS if table == "incidents" else "0"
        first = f"SELECT *, {of_people} AS actions FROM {table}"  # noqa: S608 - own names
        behind = f" WHERE ({names}) > ({', '.join(f':{name}' for name in key)})"
        after: dict[str, Any] = {}
        while rows := _read(self.store, f"{first}{behind if after else ''} ORDER BY {names} LIMIT {_PAGE}", after):
            after = {name: rows[-1][name] for name in key}
            yield rows

    def keep_rows(self, table: str, rows: Sequence[Row]) -> int:
        """Keep rows, in one transaction."""
        columns, key = [name for name in rows[0] if name != "actions"], find_keys()[table]
        statement = _insert(table, columns, key)
        if table not in _APPENDED:
            statement = _replace(table, columns, key, _ACTIONS if table == "incidents" else "0")
        with self.store.session() as session:
            return session.write(statement, rows)


def _insert(table: str, columns: Iterable[str], key: Iterable[str]) -> str:
    """The statement that keeps a row; one with a known key stays as it is."""
    values = ", ".join(f":{name}" for name in columns)
    into = f"INSERT INTO {table} ({_quote(columns)}) VALUES ({values})"  # noqa: S608 - own names
    return f"{into} ON CONFLICT ({_quote(key)}) DO NOTHING"


def _replace(table: str, columns: Iterable[str], key: Iterable[str], of_people: str) -> str:
    """The statement that keeps a row, in place of another one of that key, unless people did more to that."""
    rest = [name for name in columns if name not in key]
    update = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    differs = " OR ".join(
        f'{table}."{name}" <> excluded."{name}" OR ({table}."{name}" IS NULL) <> (excluded."{name}" IS NULL)'
        for name in rest
    )
    kept = _insert(table, columns, key).removesuffix("NOTHING")
    return f"{kept} UPDATE SET {update} WHERE {of_people} <= :actions AND ({differs})"


def _quote(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _find_key(body: str) -> tuple[str, ...]:
    if of_several := re.search(r"PRIMARY KEY \(([^)]*)\)", body):
        return tuple(name.strip().strip('"') for name in of_several[1].split(","))
    return tuple(re.findall(r"^\s*(\w+) \w+ PRIMARY KEY", body, re.MULTILINE))


def _read(store: SqlStore, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with store.session(writes=False) as session:
        return session.read(sql, values)
