"""Durable queue of notifications in an SQLite file: a restart loses none, and sends none that was sent again."""

import json
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from driftline.alerts.incidents import Notification
from driftline.stores.sqlite_file import SqliteFile

KEPT = 90 * 86_400.0
"""Seconds that the key of a notification is remembered after it was last put, so that it is not sent again."""
_DAY = 86_400.0
_BATCH = 10_000  # keys that one call forgets at most, so that it stays quick
_APPLICATION = 0x44724F62  # "DrOb", so that no other program's file is taken for an outbox
_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS sinks (number INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS queue (
  number INTEGER PRIMARY KEY, sink INTEGER NOT NULL REFERENCES sinks, incident TEXT NOT NULL, "key" TEXT NOT NULL,
  notification BLOB NOT NULL, put REAL NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  UNIQUE (sink, "key")
) STRICT;
CREATE INDEX IF NOT EXISTS queue_by_due ON queue (sink, due, number);
CREATE INDEX IF NOT EXISTS queue_by_incident ON queue (sink, incident, number);
CREATE TABLE IF NOT EXISTS past (
  sink INTEGER NOT NULL REFERENCES sinks, "key" TEXT NOT NULL, outcome TEXT NOT NULL, seen REAL NOT NULL,
  PRIMARY KEY (sink, "key")
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS open_incidents (
  sink INTEGER NOT NULL REFERENCES sinks, incident TEXT NOT NULL, notification BLOB NOT NULL, seen REAL NOT NULL,
  PRIMARY KEY (sink, incident)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = 1;
COMMIT;
"""
# The order of one incident's notifications is kept; an incident that waits holds up no other.
_NEXT = """
SELECT number, notification, tries, put, due FROM queue AS one WHERE sink = ? AND NOT EXISTS (
    SELECT 1 FROM queue AS earlier WHERE earlier.sink = one.sink AND earlier.incident = one.incident
    AND earlier.number < one.number
) ORDER BY due, number LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class QueuedNotification:
    """A notification that waits: how often it was tried, and when it was put and is due (seconds since 1970)."""

    number: int
    notification: Notification
    tries: int
    put: float
    due: float


class Outbox:
    """Notifications by sink, from when they are put until they are sent or given up. Several threads may use it.

    What was sent is removed from the queue; its key alone is remembered for 90 days, so that the file stays small. The
    newest notification of an incident that is open is kept, for sinks that repeat it.

    Raises:
        StoreError: when the file cannot be opened, read or written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = Lock()
        self._file = SqliteFile(self.path, "Driftline outbox", _TABLES, _APPLICATION, 1)
        self._db = self._file.connect()
        self._sinks: dict[str, int] = dict(self._db.execute("SELECT label, number FROM sinks").fetchall())

    def put(self, sink: str, notification: Notification, due: float) -> bool:
        """Keep a notification for a sink; False where it waits already, or was sent or given up."""
        now, incident, key = time.time(), notification.incident.id, notification.key
        with self._write() as number_of:
            sink_number = number_of(sink)
            known = self._db.execute(
                'SELECT seen FROM past WHERE sink = ? AND "key" = ?', (sink_number, key)
            ).fetchone()
            if known is not None:
                if known[0] < now - _DAY:
                    values = (now, sink_number, key)
                    self._db.execute('UPDATE past SET seen = ? WHERE sink = ? AND "key" = ?', values)
                return False
            sql = (
                'INSERT OR IGNORE INTO queue (sink, incident, "key", notification, put, due) VALUES (?, ?, ?, ?, ?, ?)'
            )
            row = (sink_number, incident, key, _pack(notification), now, due)
            return self._db.execute(sql, row).rowcount > 0

    def next(self, sink: str) -> QueuedNotification | None:
        """The notification that is due first, None where none waits."""
        with self._lock, self._file.translate_errors():
            row = self._db.execute(_NEXT, (self._sinks.get(sink, 0),)).fetchone()
        return QueuedNotification(row[0], _unpack(row[1]), *row[2:]) if row else None

    def reschedule(self, number: int, due: float) -> None:
        """Note an attempt that failed, and when the next one is due."""
        with self._write():
            self._db.execute("UPDATE queue SET tries = tries + 1, due = ? WHERE number = ?", (due, number))

    def defer(self, number: int, due: float) -> None:
        """Put off a notification without counting an attempt."""
        with self._write():
            self._db.execute("UPDATE queue SET due = ? WHERE number = ?", (due, number))

    def finish(self, number: int, outcome: str = "sent") -> None:
        """Take a notification from the queue: it was `sent`, is `given up`, or nobody is told, for it is `muted`."""
        now = time.time()
        with self._write():
            sql = 'SELECT sink, incident, "key", notification FROM queue WHERE number = ?'
            sink, incident, key, notification = self._db.execute(sql, (number,)).fetchone()
            self._db.execute("DELETE FROM queue WHERE number = ?", (number,))
            self._db.execute("INSERT OR REPLACE INTO past VALUES (?, ?, ?, ?)", (sink, key, outcome, now))
            self._db.execute("DELETE FROM open_incidents WHERE sink = ? AND incident = ?", (sink, incident))
            if outcome == "sent" and _unpack(notification).incident.is_open:
                self._db.execute("INSERT INTO open_incidents VALUES (?, ?, ?, ?)", (sink, incident, notification, now))

    def open_incidents(self, sink: str) -> list[Notification]:
        """The newest notification of each incident that is open and was sent so."""
        sql = "SELECT notification FROM open_incidents WHERE sink = ? ORDER BY seen, incident"
        with self._lock, self._file.translate_errors():
            return [_unpack(row[0]) for row in self._db.execute(sql, (self._sinks.get(sink, 0),)).fetchall()]

    def forget(self, now: float | None = None) -> int:
        """Forget keys, and incidents still open, that were put last more than 90 days ago; gives how many."""
        before = (time.time() if now is None else now) - KEPT
        with self._write():
            sql = 'DELETE FROM past WHERE (sink, "key") IN (SELECT sink, "key" FROM past WHERE seen < ? LIMIT ?)'
            keys = self._db.execute(sql, (before, _BATCH)).rowcount
            return keys + self._db.execute("DELETE FROM open_incidents WHERE seen < ?", (before,)).rowcount

    def counts(self, sink: str | None = None) -> dict[str, int]:
        """How many are waiting, sent, given up and muted, of one sink or all; where there are none, it is left out."""
        sql = """
            SELECT 'waiting', count(*) FROM queue WHERE ?1 IS NULL OR sink = ?1
            UNION ALL SELECT outcome, count(*) FROM past WHERE ?1 IS NULL OR sink = ?1 GROUP BY outcome
        """
        number = None if sink is None else self._sinks.get(sink, 0)
        with self._lock, self._file.translate_errors():
            return {outcome: count for outcome, count in self._db.execute(sql, (number,)).fetchall() if count}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _write(self) -> Iterator[Callable[[str], int]]:
        """One transaction; gives what finds a sink's number."""
        with self._lock:
            known = dict(self._sinks)
            try:
                with self._file.transaction(self._db):
                    yield self._number_of
            except BaseException:
                self._sinks = known
                raise

    def _number_of(self, label: str) -> int:
        if label not in self._sinks:
            self._sinks[label] = int(self._db.execute("INSERT INTO sinks (label) VALUES (?)", (label,)).lastrowid or 0)
        return self._sinks[label]


def _pack(notification: Notification) -> bytes:
    return zlib.compress(json.dumps(notification.values(), ensure_ascii=False).encode("utf-8", "replace"), 1)


def _unpack(data: bytes) -> Notification:
    return Notification.from_state(json.loads(zlib.decompress(data)))
