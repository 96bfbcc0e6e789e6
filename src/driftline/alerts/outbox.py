"""What is still to be told, in an SQLite file of its own: a restart loses nothing and tells nothing anew."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from driftline.alerts.incidents import Notification
from driftline.errors import StoreError

_TABLE = """
CREATE TABLE IF NOT EXISTS notices (
    number INTEGER PRIMARY KEY, sink TEXT NOT NULL, incident TEXT NOT NULL, "key" TEXT NOT NULL, notice TEXT NOT NULL,
    due REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting', UNIQUE (sink, "key")
);
CREATE INDEX IF NOT EXISTS waiting ON notices (sink, incident, number) WHERE state = 'waiting';
"""
# Of one incident the order is kept; one that waits never holds up another.
_NEXT = """
SELECT number, notice, tries, due FROM notices AS one WHERE sink = ? AND state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM notices AS earlier WHERE earlier.sink = one.sink AND earlier.incident = one.incident
    AND earlier.state = 'waiting' AND earlier.number < one.number
) ORDER BY due, number LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class QueuedNotification:
    """A notice that waits: how often it was tried, and when (seconds since 1970) it is due."""

    number: int
    notice: Notification
    tries: int
    due: float


class Outbox:
    """Notices by sink, from when they are put until they are told or given up. It may be used from several threads.

    Raises:
        StoreError: when the file cannot be opened, read or written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = Lock()
        with self._told():
            self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_TABLE)

    def put(self, sink: str, notice: Notification, due: float) -> bool:
        """Keep a notice for a sink; False where it is there already, told or not."""
        said = json.dumps(notice.values(), ensure_ascii=False)
        sql = 'INSERT OR IGNORE INTO notices (sink, incident, "key", notice, due) VALUES (?, ?, ?, ?, ?)'
        with self._told():
            return self._db.execute(sql, (sink, notice.incident.id, notice.key, said, due)).rowcount > 0

    def next(self, sink: str) -> QueuedNotification | None:
        """The one that is due first."""
        with self._told():
            row = self._db.execute(_NEXT, (sink,)).fetchone()
        return QueuedNotification(row[0], _read(row[1]), row[2], row[3]) if row else None

    def later(self, number: int, due: float) -> None:
        """Note a try that failed, and when the next one is due."""
        self._write("UPDATE notices SET tries = tries + 1, due = ? WHERE number = ?", due, number)

    def hold(self, number: int, due: float) -> None:
        """Put off, without counting it as a try."""
        self._write("UPDATE notices SET due = ? WHERE number = ?", due, number)

    def done(self, number: int, state: str = "told") -> None:
        """Note that it was told, or that it is `given up`."""
        self._write("UPDATE notices SET state = ? WHERE number = ?", state, number)

    def open(self, sink: str) -> list[Notification]:
        """Incidents whose newest notice is that they are open, and was told."""
        sql = "SELECT notice, state FROM notices WHERE sink = ? ORDER BY number"
        with self._told():
            rows = self._db.execute(sql, (sink,)).fetchall()
        newest = {notice.incident.id: (notice, state) for notice, state in ((_read(row[0]), row[1]) for row in rows)}
        return [notice for notice, state in newest.values() if notice.incident.is_open and state == "told"]

    def counts(self) -> dict[str, int]:
        """How many are waiting, told, given up."""
        with self._told():
            return dict(self._db.execute("SELECT state, count(*) FROM notices GROUP BY state").fetchall())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _write(self, sql: str, *values: object) -> None:
        with self._told():
            self._db.execute(sql, values)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}; check the disk and the rights of the file") from error


def _read(said: str) -> Notification:
    return Notification.from_state(json.loads(said))
