"""The PostgreSQL log: the suite of all logs on a database that the tests start, kill and start again."""

import signal
from itertools import count

import pytest

pytest.register_assert_rewrite("driftline.testing.logs")

from driftline.errors import StoreError  # noqa: E402 - after the line above
from driftline.server.logs.base import open_log  # noqa: E402 - after the line above
from driftline.testing.logs import LogSuite, entry  # noqa: E402 - after the line above
from harness import programs  # noqa: E402 - after the line above

_numbers = count()


@pytest.fixture(scope="module")
def server():
    """A database server of its own."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: make test")
    with programs.postgresql() as running:
        programs.await_postgresql(running)
        yield running


@pytest.fixture
def url(server):
    """An empty database."""
    import psycopg  # noqa: PLC0415 - an extra

    name = f"log{next(_numbers)}"
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{server.port}/postgres", autocommit=True) as line:
        line.execute(f"CREATE DATABASE {name}")
    return f"postgresql://postgres@127.0.0.1:{server.port}/{name}"


class TestPostgresql(LogSuite):
    """The suite of all logs."""


def test_database_killed(url, server):
    """While the database is away each call says so; when it is back, the same log has all that was acknowledged."""
    with open_log(url) as log:
        log.append([entry("a")])
        server.stop(signal.SIGQUIT)  # at once and without a checkpoint, its backends too
        with pytest.raises(StoreError, match=r"127.0.0.1:\d+/log\d+: .*; nothing of this was saved"):
            log.append([entry("b")])
        with pytest.raises(StoreError, match="nothing of this was saved"):
            log.read(0, 1000)
        server.start()
        programs.await_postgresql(server)
        assert [False, True] == log.append([entry("a"), entry("b")])
        assert ["a", "b"] == [each.batch for each in log.read(0, 1000)]
        server.restart()
        programs.await_postgresql(server)
        assert [True] == log.append([entry("c")])
        assert 3 == len(log.read(0, 1000))


def test_durable_whatever_the_default(url):
    """A database that acknowledges before the disk has it is told not to."""
    import psycopg  # noqa: PLC0415 - an extra

    with psycopg.connect(url, autocommit=True) as line:
        line.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = off")
    with open_log(url) as log:
        assert ("on",) == log._line("append").execute("SHOW synchronous_commit").fetchone()


def test_tables_of_others(url):
    """A table of a newer version, or of another program, is left alone; a password is not in the message."""
    import psycopg  # noqa: PLC0415 - an extra

    open_log(url).close()
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("COMMENT ON TABLE driftline_entries IS 'Driftline event log, version 2'")
    with pytest.raises(StoreError, match="of a newer Driftline") as caught:
        open_log(url.replace("postgres@", "postgres:secret@"))
    assert "secret" not in str(caught.value)
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        open_log(f"{url.rpartition('/')[0]}/nowhere")
