"""What a feed remembers from one run to the next, in a small SQLite file that several feeds may share."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from driftline.errors import FeedError

FILE = "driftline-feeds.db"


class Memory:
    """Texts by name, of one feed; what `put` and `drop` did is on disk when they return.

    Raises:
        FeedError: when the file cannot be read or written.
    """

    def __init__(self, path: str, feed: str) -> None:
        self.path, self.feed = Path(path), feed
        with self._told():
            self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            try:
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute(
                    "CREATE TABLE IF NOT EXISTS feeds (feed TEXT, name TEXT, value TEXT NOT NULL, "
                    "PRIMARY KEY (feed, name)) STRICT, WITHOUT ROWID"
                )
            except BaseException:
                self._db.close()
                raise

    def all(self) -> dict[str, str]:
        """Everything."""
        with self._told():
            return dict(self._db.execute("SELECT name, value FROM feeds WHERE feed = ?", (self.feed,)))

    def put(self, values: Mapping[str, str]) -> None:
        """Remember, in one transaction."""
        with self._told(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)", [(self.feed, *pair) for pair in values.items()]
            )

    def drop(self, names: Iterable[str]) -> None:
        """Forget."""
        with self._told(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("DELETE FROM feeds WHERE feed = ? AND name = ?", [(self.feed, name) for name in names])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise FeedError(
                f"{self.path}: {error}; what was delivered is remembered there, name it by state="
            ) from error
