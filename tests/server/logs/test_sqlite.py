"""The SQLite log: the suite of all logs, its settings, and what can go wrong with a file."""

import sqlite3

import pytest

pytest.register_assert_rewrite("driftline.testing.logs")

from driftline.errors import StoreError  # noqa: E402 - after the line above
from driftline.server.logs.base import open_log  # noqa: E402 - after the line above
from driftline.server.logs.sqlite import Sqlite  # noqa: E402 - after the line above
from driftline.stores.base import open_store  # noqa: E402 - after the line above
from driftline.stores.sqlite_file import pragma  # noqa: E402 - after the line above
from driftline.testing.logs import LogSuite, entry  # noqa: E402 - after the line above


class TestSqlite(LogSuite):
    """The suite of all logs."""

    @pytest.fixture
    def url(self, tmp_path):
        """An empty log."""
        return f"sqlite:///{tmp_path}/log.db"


def test_safe_settings(tmp_path):
    """Write-ahead log, a flush at each commit, pages that suit blobs."""
    with Sqlite(f"sqlite:///{tmp_path}/log.db") as log:
        assert [2, 16384, 1] == [pragma(log._writer, name) for name in ("synchronous", "page_size", "user_version")]
        assert "wal" == log._writer.execute("PRAGMA journal_mode").fetchone()[0]


def test_urls_that_name_no_log(tmp_path):
    """The message says what is wrong with the URL and what would do; a password is not in it."""
    with pytest.raises(StoreError, match=r"me@host/db: no log of this kind; known are postgresql:…, sqlite"):
        open_log("mongodb://me:secret@host/db")
    with pytest.raises(StoreError, match="there is no folder"):
        open_log(str(tmp_path / "no" / "log.db"))


def test_store_is_no_log(tmp_path):
    """A store and a log are told apart."""
    open_store(str(tmp_path / "a.db")).close()
    with pytest.raises(StoreError, match="an SQLite database, but not a Driftline event log"):
        open_log(str(tmp_path / "a.db"))


def test_disk_full_and_room_again(tmp_path):
    """A full disk is told, nothing half-done stays, and the log goes on once there is room."""
    with Sqlite(f"sqlite:///{tmp_path}/log.db") as log:
        log.append([entry("a")])
        log._writer.execute(f"PRAGMA max_page_count = {pragma(log._writer, 'page_count')}")
        with pytest.raises(StoreError, match="the disk is full; nothing of this was saved"):
            log.append([entry("b"), entry("big", data=bytes(1_000_000))])
        assert ["a"] == [each.batch for each in log.read(0, 1000)]
        log._writer.execute("PRAGMA max_page_count = 1000000")
        assert [True, True] == log.append([entry("b"), entry("big", data=bytes(1_000_000))])


def test_read_only_and_writable_again(tmp_path):
    """A log that turns read-only says what to check, can be read, and goes on afterwards."""
    with Sqlite(f"sqlite:///{tmp_path}/log.db") as log:
        log._writer.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="cannot be written; check the rights"):
            log.append([entry("a")])
        assert [] == log.read(0, 1000)
        log._writer.execute("PRAGMA query_only = OFF")
        assert [True] == log.append([entry("a")])


def test_locked(tmp_path):
    """Another program's long write is waited for, then named; the log goes on afterwards."""
    with Sqlite(f"sqlite:///{tmp_path}/log.db", timeout=0.05) as log:
        other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"locked by another program for more than 0.05 s"):
            log.append([entry("a")])
        other.close()
        assert [True] == log.append([entry("a")])


def test_damaged(tmp_path):
    """A log whose pages are garbage says so."""
    path = tmp_path / "log.db"
    with open_log(str(path)) as log:
        log.append([entry(str(at), data=bytes(20_000)) for at in range(10)])
    data = bytearray(path.read_bytes())
    data[16384:] = b"\xa5" * (len(data) - 16384)
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"), open_log(str(path)) as log:
        log.read(0, 1000)


def test_names_of_trimmed_batches_take_little_room(tmp_path):
    """A name is remembered for days: hundreds of them share a page, whatever their rows took."""
    with Sqlite(f"sqlite:///{tmp_path}/log.db") as log:
        log.append([entry(f"b{at}", data=bytes(20_000)) for at in range(300)])
        before, kept = pages(log), 10
        assert 300 - kept == log.trim(301 - kept, "taxi")
        assert pages(log) < before * kept / 300 + 20
        assert [False] == log.append([entry("b0")])
        assert [f"b{at}" for at in range(290, 300)] == [each.batch for each in log.read(0, 1 << 30)]


def pages(log):
    """How many pages of the file are in use."""
    return pragma(log._writer, "page_count") - pragma(log._writer, "freelist_count")
