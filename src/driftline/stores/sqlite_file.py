"""An SQLite file of Driftline's own: told from other programs' files, safe against crashes, its errors in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from driftline.errors import StoreError

TIMEOUT = 30.0
_RIGHTS = "check the rights of the file and of its folder"
_ADVICE = {
    sqlite3.SQLITE_BUSY: "locked by another program for more than {timeout:g} s; close that one, or try again",
    sqlite3.SQLITE_NOTADB: "not an SQLite database; name another file, or move this one away",
    sqlite3.SQLITE_READONLY: f"cannot be written; {_RIGHTS}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened; {_RIGHTS}",
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this was saved",
    sqlite3.SQLITE_CORRUPT: "damaged ({error}); restore it from a backup, or move it away to begin a new one",
}


class SqliteFile:
    """The file that a URL names, `sqlite:///relative.db` or `sqlite:////absolute.db`, and how it is opened.

    Every connection is in WAL mode with synchronous=FULL: what is committed survives a crash of the process and of
    the machine. The file is made by `script` where there is none (its folder is not).

    Args:
        url: names the file.
        what: what a person calls such a file: "Driftline store".
        script: the SQL that makes its tables, and sets the two numbers below.
        application: tells it from other programs' files (PRAGMA application_id).
        version: of its tables (PRAGMA user_version); files of a newer one are refused.
        timeout: seconds to wait for another program's write.
    """

    def __init__(self, url: str, what: str, script: str, application: int, version: int, timeout: float) -> None:
        path = url.partition(":///")[2]
        if not path or path == ":memory:":
            raise StoreError(
                f"{url}: names no file; write sqlite:///driftline.db, or four slashes for an absolute path"
            )
        self.path, self.timeout = Path(path), timeout
        self._what, self._script, self._application, self._version = what, script, application, version

    def connect(self) -> sqlite3.Connection:
        """A connection that every thread may use, one at a time.

        Raises:
            StoreError: when the file cannot be opened, is none of this kind, or is one of a newer Driftline.
        """
        _check_place(self.path)
        with self.told():
            db = sqlite3.connect(self.path, timeout=self.timeout, isolation_level=None, check_same_thread=False)
            db.row_factory = sqlite3.Row
            try:
                self._prepare_patiently(db)
            except BaseException:
                db.close()
                raise
        return db

    @contextmanager
    def writing(self, db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or on any failure nothing."""
        with self.told(), db:
            db.execute("BEGIN IMMEDIATE")
            yield db

    @contextmanager
    def told(self) -> Iterator[None]:
        """SQLite's errors, in words."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of an extended code is detail
            advice = _ADVICE.get(code, "{error}").format(error=error, timeout=self.timeout)
            raise StoreError(f"{self.path}: {advice}") from error

    def _prepare_patiently(self, db: sqlite3.Connection) -> None:
        """Prepare, again while another process is at it: SQLite does not wait by itself to change a journal's mode."""
        deadline = monotonic() + self.timeout
        while True:
            try:
                return self._prepare(db)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                    raise
            sleep(0.01)

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Tell the file from others, make it where there is none, and set how safe and patient it is."""
        tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        ours = pragma(db, "application_id") == self._application  # after the tables: another may make both just now
        if tables and not ours:
            raise StoreError(f"{self.path}: an SQLite database, but not a {self._what}; name another file")
        if ours and (found := pragma(db, "user_version")) > self._version:
            raise StoreError(
                f"{self.path}: written by a newer Driftline (tables of version {found}, "
                f"this one knows {self._version}); upgrade with: pip install -U driftline"
            )
        if not ours:
            db.execute("PRAGMA page_size = 16384")  # no effect once the file is made; blobs are large
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        if not ours:
            db.executescript(self._script)


def pragma(db: sqlite3.Connection, name: str) -> int:
    """The number that a PRAGMA gives."""
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _check_place(path: Path) -> None:
    try:
        folder, file = path.parent.is_dir(), not path.is_dir()
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; {_RIGHTS}") from error
    if not folder:
        raise StoreError(f"{path}: there is no folder {str(path.parent)!r}; make it first, or name another place")
    if not file:
        raise StoreError(f"{path}: a folder; name a file in it, such as {path / 'driftline.db'}")
