"""Copies a store into another one, of the same kind or another; what is there already is not copied again."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from driftline.errors import StoreError
from driftline.stores.backends.base_sql import SCHEMA, SqlStore
from driftline.stores.base import Store

_PAGE = 100  # rows that are read, and written in one transaction, at a time
_APPENDED = frozenset({"incident_actions", "events", "packs"})
"""Tables whose rows are never changed."""
_NEXT_RUNS = f"SELECT * FROM runs WHERE number > :after ORDER BY number LIMIT {_PAGE}"  # noqa: S608 - own names
_VERDICTS = "SELECT * FROM verdicts WHERE run_id = :run_id ORDER BY position"
_ACTIONS = "(SELECT count(*) FROM incident_actions WHERE incident = incidents.id)"


def find_keys(schema: str = SCHEMA) -> dict[str, tuple[str, ...]]:
    """The tables of a store, each with the columns of its key.

    >>> find_keys()["verdicts"]
    ('run_id', 'position')
    """
    tables = re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*?)\n\)", schema.replace("\r", ""), re.DOTALL)
    return {name: _find_key(body) for name, body in tables}


def copy_store(source: Store, target: Store) -> Iterator[tuple[str, int]]:
    """Copy all of a store, a page at a time; gives after each page the table and how many rows of it are new.

    It can be stopped and begun again at any time. A run comes with all its verdicts or not at all. What was copied
    before and has changed since, such as an open incident, is brought up to date, but an incident to which people did
    more in the target stays as it is there.

    Raises:
        StoreError: when one of them is no store in SQL, or cannot be read or written.
    """
    for store in (source, target):
        if not isinstance(store, SqlStore):
            raise StoreError(f"a store of {type(store).__name__} cannot be copied; known are SQLite and PostgreSQL")
    assert isinstance(source, SqlStore)  # noqa: S101 - for the type checker
    assert isinstance(target, SqlStore)  # noqa: S101 - for the type checker
    yield from _copy_runs(source, target)
    for table, key in find_keys().items():
        if table not in {"runs", "verdicts"}:
            yield from _copy_table(source, target, table, key)


def _copy_runs(source: SqlStore, target: SqlStore) -> Iterator[tuple[str, int]]:
    """Copy the runs that the target has not, in their order, each with its verdicts."""
    after = 0
    while rows := _read(source, _NEXT_RUNS, {"after": after}):
        after, new = rows[-1]["number"], 0
        with target.session() as session:
            for row in rows:
                run = {name: value for name, value in row.items() if name != "number"}
                if session.write(_insert("runs", run, ("run_id",)), [run]):
                    new += 1
                    verdicts = _read(source, _VERDICTS, {"run_id": run["run_id"]})
                    session.write(_insert("verdicts", verdicts[0], ("run_id", "position")), verdicts) if verdicts else 0
        yield "runs", new


def _copy_table(source: SqlStore, target: SqlStore, table: str, key: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Copy a table in the order of its key."""
    names, of_people = _quote(key), _ACTIONS if table == "incidents" else "0"
    first = f"SELECT *, {of_people} AS actions FROM {table}"  # noqa: S608 - own names
    behind = f" WHERE ({names}) > ({', '.join(f':{name}' for name in key)})"
    after: dict[str, Any] = {}
    while rows := _read(source, f"{first}{behind if after else ''} ORDER BY {names} LIMIT {_PAGE}", after):
        after = {name: rows[-1][name] for name in key}
        columns = [name for name in rows[0] if name != "actions"]
        statement = _insert(table, columns, key)
        if table not in _APPENDED:
            statement = _replace(table, columns, key, of_people)
        with target.session() as session:
            new = session.write(statement, rows)
        yield table, new


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
