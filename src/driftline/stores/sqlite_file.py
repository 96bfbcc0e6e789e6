"""Opens SQLite files of Driftline: recognises its own, survives crashes, and translates SQLite's errors.

It is the only place that opens such a file: the store, the event log, the stream's state, the outbox and what feeds
remember are all opened here.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from driftline.errors import DriftlineError, StoreError

TIMEOUT = 30.0
_RIGHTS = "check the rights of the file and of its folder"
_ADVICE = {
    sqlite3.SQLITE_BUSY: "locked by another program for more than {timeout:g} s; close that one, or try again",
    sqlite3.SQLITE_NOTADB: "not an SQLite database; name another file, or move this one away",
    sqlite3.SQLITE_READONLY: f"cannot be written; {_RIGHTS}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened; {_RIGHTS}",
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this was saved",
    sqlite3.SQLITE_IOERR: "the disk failed ({error}), or is full; nothing of this was saved; check the disk",
    sqlite3.SQLITE_CORRUPT: "damaged ({error}); restore it from a backup, or move it away to begin a new one",
}
IN_USE = "in use by a running server; stop it to check this file"
_EXCLUSIVE = "open in another process; only one process at a time may use it: stop the other one"


@dataclass
class SqliteFile:
    """An SQLite file of one kind, and how it is opened and written.

    Every connection is in WAL mode with synchronous=FULL: what is committed survives a crash of the process and of
    the machine. `script` makes the file's tables where there is none (its folder is not made).

    Args:
        path: of the file.
        kind: what a person calls such a file: "Driftline store".
        script: the SQL that makes its tables, and sets the two numbers below.
        application: tells it from other programs' files (PRAGMA application_id).
        version: of its tables (PRAGMA user_version); files of a newer one are refused.
        oldest: version of tables that can still be read; files of an older one are refused.
        upgrades: the SQL that makes a version of tables the next one, by that version; it is run when such a file is
            opened.
        timeout: seconds to wait for another program's write.
        page_size: bytes of a page of a new file; larger ones suit large values.
        exclusive: whether one process alone may have the file open.
        error: the class of error that is raised.
    """

    path: Path
    kind: str
    script: str
    application: int
    version: int
    oldest: int = 0
    upgrades: Mapping[int, str] = field(default_factory=dict)
    timeout: float = TIMEOUT
    page_size: int = 4096
    exclusive: bool = False
    error: type[DriftlineError] = StoreError
    _identity: tuple[int, int] = field(default=(0, 0), init=False)

    def connect(self) -> sqlite3.Connection:
        """A connection that every thread may use, one at a time; the caller closes it.

        Raises:
            StoreError: when the file cannot be opened, is none of this kind, or is one of a newer Driftline. (Or the
                class given as `error`.)
        """
        self._check_place()
        with self.translate_errors():
            db = sqlite3.connect(self.path, timeout=self.timeout, isolation_level=None, check_same_thread=False)
            try:
                self._prepare_patiently(db)
                self._identity = self._find_identity()
            except BaseException:
                db.close()
                raise
        return db

    @contextmanager
    def transaction(self, db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or on any failure nothing.

        Raises:
            StoreError: when it cannot be written, or the file was deleted or replaced since it was opened: what is
                written to it then would be gone with the process.
        """
        self._check_identity()
        with self.translate_errors(), db:
            db.execute("BEGIN IMMEDIATE")
            yield db
        self._check_identity()

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Raise SQLite's errors as errors that name the file and say what to do."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of an extended code is detail
            advice = _EXCLUSIVE if self.exclusive and code == sqlite3.SQLITE_BUSY else _ADVICE.get(code, "{error}")
            raise self.error(f"{self.path}: {advice.format(error=error, timeout=self.timeout)}") from error

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
        """Check that the file is of this kind, make it where there is none, and set how safe and patient it is."""
        if self.exclusive:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
        tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        ours = pragma(db, "application_id") == self.application  # after the tables: another may make both just now
        if tables and not ours:
            raise self.error(f"{self.path}: an SQLite database, but not a {self.kind}; name another file")
        if ours and (version := pragma(db, "user_version")) > self.version:
            raise self.error(
                f"{self.path}: written by a newer Driftline (tables of version {version}, "
                f"this one knows {self.version}); upgrade with: pip install -U driftline"
            )
        if ours and version < self.oldest:
            raise self.error(
                f"{self.path}: written by an older Driftline (tables of version {version}, this one needs "
                f"{self.oldest}); move the file away to begin again"
            )
        if not ours:
            db.execute(f"PRAGMA page_size = {self.page_size}")  # no effect once the file is made
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        if not ours:
            db.executescript(self.script)
        elif version < self.version:
            self._upgrade(db)

    def _upgrade(self, db: sqlite3.Connection) -> None:
        """Bring the tables of an older version up to this one, in one transaction; one process at a time."""
        with db:
            db.execute("BEGIN IMMEDIATE")
            for version in range(pragma(db, "user_version"), self.version):  # another may have done it just now
                for statement in split_statements(self.upgrades.get(version, "")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {version + 1}")

    def _check_place(self) -> None:
        path = self.path
        try:
            folder, file = path.parent.is_dir(), not path.is_dir()
        except OSError as error:
            raise self.error(f"{path}: {error.strerror}; {_RIGHTS}") from error
        if not folder:
            raise self.error(f"{path}: there is no folder {str(path.parent)!r}; make it first, or name another place")
        if not file:
            raise self.error(f"{path}: a folder; name a file in it, such as {path / 'driftline.db'}")

    def _check_identity(self) -> None:
        if self._find_identity() != self._identity:
            raise self.error(
                f"{self.path}: deleted or replaced while it was open; nothing more is saved in it: put it back, or "
                "start again with a new one"
            )

    def _find_identity(self) -> tuple[int, int]:
        """The device and inode of the file that the path names now, zeros where there is none."""
        try:
            status = self.path.stat()
        except OSError:
            return (0, 0)
        return status.st_dev, status.st_ino


def path_of(url: str) -> Path:
    """The file that a URL names: `sqlite:///relative.db` or `sqlite:////absolute.db`.

    Raises:
        StoreError: when it names none.

    >>> path_of("sqlite:///driftline.db").name
    'driftline.db'
    """
    path = url.partition(":///")[2]
    if not path or path == ":memory:":
        raise StoreError(f"{url}: names no file; write sqlite:///driftline.db, or four slashes for an absolute path")
    return Path(path)


def split_statements(script: str) -> list[str]:
    r"""The statements of a script in which each ends with a semicolon at the end of a line.

    >>> split_statements("CREATE TABLE a (b);\nDROP TABLE c;\n")
    ['CREATE TABLE a (b);', 'DROP TABLE c;']
    """
    return [statement.strip() for statement in re.findall(r".*?;$", script, re.DOTALL | re.MULTILINE)]


def pragma(db: sqlite3.Connection, name: str) -> int:
    """The number that a PRAGMA gives."""
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def find_damage(path: Path) -> str:
    """What is wrong with an SQLite file, as SQLite's own check says; nothing where it is whole."""
    try:
        with closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as db:
            said = [row[0] for row in db.execute("PRAGMA integrity_check(5)")]
    except sqlite3.Error as error:
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        return IN_USE if busy else str(error)
    return "" if said == ["ok"] else "; ".join(said)


def vacuum(path: Path) -> tuple[int, int]:
    """Give back the room that was freed in an SQLite file, and note how values are spread; its bytes before and after.

    Raises:
        StoreError: when another program has it open, or it cannot be written.
    """
    before = path.stat().st_size
    try:
        with closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            before = path.stat().st_size
            db.execute("VACUUM")
            db.execute("PRAGMA analysis_limit = 1000")
            # without it the verdicts on one of thousands of columns are looked for in all of them
            db.execute("ANALYZE")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; stop the server first") from error
    return before, path.stat().st_size
