"""What a feed remembers from one run to the next, in a small SQLite file that several feeds may share."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from driftline.errors import FeedError
from driftline.stores.sqlite_file import SqliteFile

FILE = "driftline-feeds.db"
_APPLICATION = 0x44726664  # "Drfd"
_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS feeds (
  feed TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (feed, name)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = 1;
COMMIT;
"""


class Memory:
    """Texts by name, of one feed; what `put` and `drop` changed is on disk when they return.

    Raises:
        FeedError: when the file cannot be read or written; name another one by `state=` in the feed's URL.
    """

    def __init__(self, path: str, feed: str) -> None:
        self.path, self.feed = Path(path), feed
        self._file = SqliteFile(self.path, "file of Driftline's feeds", _TABLES, _APPLICATION, 1, error=FeedError)
        self._db = self._file.connect()

    def all(self) -> dict[str, str]:
        """Everything."""
        with self._file.translate_errors():
            return dict(self._db.execute("SELECT name, value FROM feeds WHERE feed = ?", (self.feed,)).fetchall())

    def put(self, values: Mapping[str, str]) -> None:
        """Remember, in one transaction."""
        rows = [(self.feed, *pair) for pair in values.items()]
        with self._file.transaction(self._db) as db:
            db.executemany("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)", rows)

    def drop(self, names: Iterable[str]) -> None:
        """Forget."""
        with self._file.transaction(self._db) as db:
            db.executemany("DELETE FROM feeds WHERE feed = ? AND name = ?", [(self.feed, name) for name in names])

    def close(self) -> None:
        """Close the file."""
        self._db.close()
