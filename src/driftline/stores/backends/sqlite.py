"""The default store: one SQLite file, safe against crashes, shared by the threads and processes of one machine."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any

from driftline.stores.backends.base_sql import SCHEMA, VERSION, SqlStore
from driftline.stores.sqlite_file import TIMEOUT, SqliteFile, path_of
from driftline.types import Health

APPLICATION = 0x44726674  # "Drft", so that no other program's file is taken for a store


def _worst_of(tier: Health) -> str:
    """The worst level of what was judged of a tier in a run; `unknown` where all of it is."""
    order = "CASE level WHEN 'alert' THEN 3 WHEN 'warning' THEN 2 WHEN 'ok' THEN 1 ELSE 0 END"
    return (
        f"SELECT level FROM verdicts WHERE verdicts.run_id = runs.run_id AND judged = 1 AND health = '{tier}' "  # noqa: S608 - own names
        f"ORDER BY {order} DESC LIMIT 1"
    )


_MAKE = f"""
BEGIN IMMEDIATE;
{SCHEMA}
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
COMMIT;
"""
_TO_2 = f"""
ALTER TABLE runs ADD COLUMN service_level TEXT;
ALTER TABLE runs ADD COLUMN data_level TEXT;
ALTER TABLE runs ADD COLUMN model_level TEXT;
ALTER TABLE runs ADD COLUMN labelled REAL;
CREATE TABLE IF NOT EXISTS incidents (
  id TEXT, model TEXT, level TEXT, headline TEXT, reason TEXT, since TEXT, opened TEXT, updated TEXT, closed TEXT,
  windows INTEGER, accepted_by TEXT, accepted_on TEXT, accepted_after TEXT, note TEXT
);
ALTER TABLE incidents RENAME TO incidents_1;
{SCHEMA}
INSERT INTO incidents
SELECT
  id, model, level, headline, reason, since, opened, updated, closed, windows, NULL, NULL, NULL, NULL, NULL, NULL,
  '[]', '[]',
  CASE WHEN accepted_by IS NOT NULL THEN 'accepted' WHEN closed IS NOT NULL THEN 'resolved' ELSE 'open' END,
  NULL, NULL
FROM incidents_1;
INSERT INTO incident_actions
SELECT id, 0, 'accept', accepted_by, accepted_on, coalesce(note, ''), NULL, accepted_after
FROM incidents_1 WHERE accepted_by IS NOT NULL;
DROP TABLE incidents_1;
UPDATE runs SET {", ".join(f"{tier}_level = ({_worst_of(tier)})" for tier in Health)};
"""  # noqa: S608 - own SQL
_TO_4 = f"""
DROP VIEW IF EXISTS findings;
DROP VIEW IF EXISTS verdict_history;
{SCHEMA}
"""
_UPGRADES = {1: _TO_2, 2: SCHEMA, 3: _TO_4, 4: SCHEMA}
"""What makes a version of the tables the next one."""


class Sqlite(SqlStore):
    """A store in the SQLite file that a URL names: `sqlite:///relative.db` or `sqlite:////absolute.db`.

    The file is made where there is none (its folder is not). It is in WAL mode with synchronous=FULL: what is
    acknowledged survives a crash of the process and of the machine. docs/tables.md describes its tables.

    Args:
        url: names the file.
        timeout: seconds to wait for another program's write.

    Raises:
        StoreError: when the file cannot be opened, is no store, or is one of a newer Driftline.
    """

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self._file = SqliteFile(
            path_of(url), "Driftline store", _MAKE, APPLICATION, VERSION, upgrades=_UPGRADES, timeout=timeout,
            page_size=16_384,
        )  # fmt: skip
        self._lock = RLock()
        self._db = self._file.connect()

    @contextmanager
    def session(self, *, writes: bool = True) -> Iterator["_Session"]:
        """One transaction; one that only reads sees one state of the store, and does not wait for who writes."""
        with self._lock:
            if writes:
                with self._file.transaction(self._db) as db:
                    yield _Session(db)
            else:
                with self._file.translate_errors(), self._db as db:
                    db.execute("BEGIN")
                    yield _Session(db)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


@dataclass(frozen=True, slots=True)
class _Session:
    """One transaction of a connection."""

    db: sqlite3.Connection

    def read(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of a query, by name."""
        cursor = self.db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]  # of sqlite3.Row a dict takes five times as long

    def write(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run a statement with each of these values; gives how many rows it changed."""
        return max(self.db.executemany(sql, rows).rowcount, 0)


sqlite = Sqlite
