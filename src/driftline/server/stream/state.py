"""What a stream knows besides its log: one SQLite file of its own, so that everything advances in one transaction.

The file is beside the store, not in it: the store may be a server's, and fragments are upserted, so the stream can
write them again after a crash, until a transaction here says that they are written.
"""

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from driftline.profiles import codec
from driftline.server.stream.seen_ids import SeenIds, SortedRun
from driftline.stores.sqlite_file import SqliteFile

_APPLICATION, _VERSION = 0x44726673, 3
_PATIENCE = 0.5  # seconds; a process that has the file open does not let go of it soon
_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entries (
  pane INTEGER, position INTEGER, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (pane, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dropped (
  position INTEGER, reason TEXT, rows INTEGER NOT NULL, places BLOB NOT NULL, due REAL,
  PRIMARY KEY (position, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ids (number INTEGER PRIMARY KEY, hashes BLOB NOT NULL, panes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS labels (
  number INTEGER PRIMARY KEY, pane INTEGER, position INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS labels_by_pane ON labels (pane, number);
CREATE TABLE IF NOT EXISTS panes (
  pane INTEGER PRIMARY KEY, rows INTEGER NOT NULL DEFAULT 0, labels INTEGER NOT NULL DEFAULT 0,
  folded TEXT NOT NULL DEFAULT '', folded_rows INTEGER NOT NULL DEFAULT 0, folded_labels INTEGER NOT NULL DEFAULT 0,
  labelled INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0,
  on_time INTEGER NOT NULL DEFAULT 0, final INTEGER NOT NULL DEFAULT 0
) STRICT;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
COMMIT;
"""


class StreamState:
    """The file of one stream, open in one process at a time.

    Raises:
        StoreError: when it cannot be opened, is no such file, or another process has it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(
            path,
            "Driftline stream's state",
            _TABLES,
            _APPLICATION,
            _VERSION,
            _VERSION,
            timeout=_PATIENCE,
            exclusive=True,
        )
        self.db = self._file.connect()

    def get(self, name: str, default: Any = None) -> Any:
        """A fact, or the default."""
        with self._file.translate_errors():
            row = self.db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return default if row is None else codec.unpack(row[0])

    def put(self, name: str, value: Any) -> None:
        """Set a fact, of plain values."""
        self.db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, codec.pack(value)))

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._file.translate_errors():
            return self.db.execute(sql, values).fetchall()

    def ids(self) -> SeenIds:
        """The index of ids, as it was last kept."""
        found = self.read("SELECT number, hashes, panes FROM ids ORDER BY number")
        runs = {n: SortedRun(np.frombuffer(hashes, "<u8"), np.frombuffer(panes, "<i4")) for n, hashes, panes in found}
        return SeenIds(runs)

    def keep_ids(self, ids: SeenIds) -> None:
        """Keep what changed in the index of ids."""
        self.db.executemany("DELETE FROM ids WHERE number = ?", [(number,) for number in ids.stale])
        runs = [(number, run.hashes.tobytes(), run.panes.tobytes()) for number, run in ids.fresh.items()]
        self.db.executemany("INSERT OR REPLACE INTO ids VALUES (?, ?, ?)", runs)

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction: all of it, or on any failure nothing."""
        return self._file.transaction(self.db)

    def close(self) -> None:
        """Close the file."""
        self.db.close()
