"""The default log: one SQLite file, shared by the threads and processes of one machine."""

import time
from collections.abc import Iterable, Sequence
from importlib.resources import files
from threading import RLock
from typing import Any, Self

from driftline.server.logs.base import MOST_DEAD, REMEMBERED, DeadLetter, Entry
from driftline.stores.sqlite_file import SqliteFile, path_of

VERSION = 1
PATIENCE = 10.0
"""Seconds to wait for another program's write: senders wait no longer, and so the server stops in good time."""
APPLICATION = 0x44724C67  # "DrLg", so that no other program's file is taken for a log

_APPEND = """
    INSERT INTO entries (model, kind, batch, rows, received, data) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_READ = "SELECT * FROM entries WHERE position > ? AND data IS NOT NULL {of_model} ORDER BY position"
_FIND = "SELECT * FROM entries WHERE model = ? AND kind = ? AND batch = ? AND data IS NOT NULL"
_LAST = "SELECT coalesce(max(position), 0) FROM entries"
_WAITING = "SELECT coalesce(sum(rows), 0) FROM entries WHERE model = ? AND position > ?"
_TRIM = (
    # deleted and put in again: an entry that only loses its data leaves the page that it had almost to itself
    """
    CREATE TEMPORARY TABLE trimmed AS SELECT position, model, kind, batch, rows, received FROM entries
    WHERE model = ? AND position < ? AND data IS NOT NULL
    """,
    "DELETE FROM entries WHERE position IN (SELECT position FROM trimmed)",
    "INSERT INTO entries SELECT *, NULL FROM trimmed ORDER BY position",
    "DROP TABLE trimmed",
)
_FORGET = """
    DELETE FROM entries WHERE model = ? AND position < ? AND data IS NULL
    AND received < (SELECT received FROM entries ORDER BY position DESC LIMIT 1) - ?
"""
_DEAD_TABLE = """
    CREATE TABLE IF NOT EXISTS dead_letters (
      position INTEGER PRIMARY KEY, model TEXT NOT NULL, kind TEXT NOT NULL, batch TEXT NOT NULL, rows INTEGER NOT NULL,
      received REAL NOT NULL, reason TEXT NOT NULL, noticed REAL NOT NULL, data BLOB
    ) STRICT
"""
_SET_ASIDE = """
    INSERT INTO dead_letters
    SELECT position, model, kind, batch, rows, received, ?, ?, data FROM entries WHERE position = ? AND data IS NOT NULL
    ON CONFLICT DO NOTHING
"""
_BOUND = """
    UPDATE dead_letters SET data = NULL WHERE data IS NOT NULL AND position IN (
      SELECT position FROM (
        SELECT position, sum(length(data)) OVER (PARTITION BY model ORDER BY position DESC) AS total FROM dead_letters
      ) WHERE total > ?
    )
"""
_DEAD = """
    SELECT position, model, kind, batch, rows, received, reason, noticed, coalesce(length(data), 0) FROM dead_letters
    WHERE ?1 IS NULL OR model = ?1 ORDER BY position
"""
_RETRY = """
    INSERT INTO entries (model, kind, batch, rows, received, data)
    SELECT model, kind, ?, rows, received, data FROM dead_letters WHERE position = ?
"""


class Sqlite:
    """A log in the SQLite file that a URL names: `sqlite:///relative.db` or `sqlite:////absolute.db`.

    The file is made where there is none (its folder is not), in WAL mode with synchronous=FULL. One connection writes
    and another one reads, so that neither waits for the other.

    Args:
        url: names the file.
        timeout: seconds to wait for another program's write.

    Raises:
        StoreError: when the file cannot be opened, is no log, or is one of a newer Driftline.
    """

    def __init__(self, url: str, timeout: float = PATIENCE) -> None:
        script = files("driftline.server.logs").joinpath("sqlite.sql").read_text("utf-8")
        self._file = SqliteFile(
            path_of(url), "Driftline event log", script, APPLICATION, VERSION, timeout=timeout, page_size=16_384
        )
        self._writer, self._reader = self._file.connect(), self._file.connect()
        self._writing, self._reading = RLock(), RLock()
        with self._file.translate_errors():
            self._writer.execute(_DEAD_TABLE)  # a log of before has none

    def append(self, entries: Sequence[Entry]) -> list[bool]:
        """Keep entries in one transaction, in this order; says of each whether it is new."""
        rows = [(e.model, e.kind, e.batch, e.rows, e.received, e.data) for e in entries]
        with self._writing, self._file.transaction(self._writer) as db:
            return [db.execute(_APPEND, row).rowcount > 0 for row in rows]

    def read(self, after: int, most_bytes: int, model: str | None = None) -> list[Entry]:
        """Entries behind a position, in order: as many as hold `most_bytes` of data, but at least one."""
        sql = _READ.format(of_model="" if model is None else "AND model = ?")
        with self._reading, self._file.translate_errors():
            found = self._reader.execute(sql, (after,) if model is None else (after, model))
            try:
                return _up_to(most_bytes, found)
            finally:
                found.close()  # ends the reader's view, which would hold up checkpoints

    def find(self, model: str, kind: str, batch: str) -> Entry | None:
        """The entry of this name; None where there is none, or its rows were dropped."""
        with self._reading, self._file.translate_errors():
            row = self._reader.execute(_FIND, (model, kind, batch)).fetchone()
        return None if row is None else Entry(*row)

    def last(self) -> int:
        """The position of the newest entry ever kept, 0 if there was none."""
        with self._reading, self._file.translate_errors():
            return int(self._reader.execute(_LAST).fetchone()[0])

    def waiting(self, after: int, model: str) -> int:
        """How many rows of a model are behind a position."""
        with self._reading, self._file.translate_errors():
            return int(self._reader.execute(_WAITING, (model, after)).fetchone()[0])

    def trim(self, before: int, model: str) -> int:
        """Drop the rows of a model's entries before a position; gives how many entries."""
        with self._writing, self._file.transaction(self._writer) as db:
            take, *others = _TRIM
            db.execute(take, (model, before))
            dropped, *_ = [db.execute(sql).rowcount for sql in others]
            db.execute(_FORGET, (model, before, REMEMBERED))
            return dropped

    def set_aside(self, position: int, reason: str) -> None:
        """Keep a copy of an entry as a dead letter."""
        with self._writing, self._file.transaction(self._writer) as db:
            db.execute(_SET_ASIDE, (reason, time.time() * 1e6, position))
            db.execute(_BOUND, (MOST_DEAD,))

    def dead_letters(self, model: str | None = None) -> list[DeadLetter]:
        """The dead letters of a model or of all, in the order of the log."""
        with self._reading, self._file.translate_errors():
            return [DeadLetter(*row) for row in self._reader.execute(_DEAD, (model,)).fetchall()]

    def retry(self, model: str | None = None) -> int:
        """Append the rows of dead letters once more, in one transaction; gives how many."""
        with self._writing, self._file.transaction(self._writer) as db:
            letters = [letter for row in db.execute(_DEAD, (model,)) if (letter := DeadLetter(*row)).bytes]
            for letter in letters:
                db.execute(_RETRY, (letter.name, letter.position))
                db.execute("DELETE FROM dead_letters WHERE position = ?", (letter.position,))
            return len(letters)

    def close(self) -> None:
        """Close the file."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


sqlite = Sqlite


def _up_to(most_bytes: int, found: Iterable[Any]) -> list[Entry]:
    """Entries up to a size, but at least one."""
    entries: list[Entry] = []
    size = 0
    for row in found:
        size += len(row[-1])
        if entries and size > most_bytes:
            break
        entries.append(Entry(*row))
    return entries
