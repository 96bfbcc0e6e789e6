"""The PostgreSQL store: the suite of all stores on a database that the tests start, kill and start again."""

import io
import signal
import sqlite3
from dataclasses import replace

import pytest

pytest.register_assert_rewrite("driftline.testing.stores", "driftline.testing.incidents")

from driftline.errors import StoreError  # noqa: E402 - after the line above
from driftline.server.prometheus.history import write_history  # noqa: E402 - after the line above
from driftline.stores.backends.base_sql import VERSION  # noqa: E402 - after the line above
from driftline.stores.base import open_store  # noqa: E402 - after the line above
from driftline.stores.copy import copy_store  # noqa: E402 - after the line above
from driftline.testing.stores import HOUR, VERDICTS, StoreSuite, sample_result  # noqa: E402 - after the line above
from driftline.types import ProfileKey  # noqa: E402 - after the line above
from harness import programs  # noqa: E402 - after the line above
from harness.tiers import (  # noqa: E402 - after the line above
    LABEL_MATURITY,
    SERVICE_HEALTH,
    expect_label_maturity,
    expect_service_health,
    fill_tiers,
)

from .test_copy import fill, show  # noqa: E402 - after the line above

DAY = "2022-02-01T00:00:00Z/2022-02-02T00:00:00Z"
psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: make test")


@pytest.fixture(scope="module")
def server():
    """A database server of its own."""
    with programs.postgresql() as running:
        programs.await_postgresql(running)
        yield running


@pytest.fixture
def url(server):
    """A database without a store."""
    place = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
    with psycopg.connect(place, autocommit=True) as line:
        line.execute("DROP SCHEMA IF EXISTS driftline CASCADE")
    return place


def ask(url, sql):
    """What a person or a BI tool gets."""
    with psycopg.connect(url, autocommit=True) as line:
        return line.execute(sql).fetchall()


class TestPostgresql(StoreSuite):
    """The suite of all stores."""


def test_tables_are_those_of_sqlite(url, tmp_path):
    """Each table and view has the columns that it has in SQLite, in that order, of the type that matches."""
    open_store(url).close()
    open_store(f"{tmp_path}/s.db").close()
    types = {"TEXT": "text", "INTEGER": "bigint", "REAL": "double precision", "BLOB": "bytea"}
    db = sqlite3.connect(tmp_path / "s.db")
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")]
    expected = {name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")] for name in names}
    tables = "SELECT name FROM sqlite_schema WHERE type = 'table'"
    of_tables = {
        (name, row[1]): types[row[2]]
        for (name,) in db.execute(tables)
        for row in db.execute(f"PRAGMA table_info({name})")
    }
    db.close()
    columns = ask(
        url,
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'driftline' ORDER BY ordinal_position",
    )
    found = {name: [column for table, column, _ in columns if table == name] for name in {row[0] for row in columns}}
    assert expected == found
    assert of_tables == {(table, column): type_ for table, column, type_ in columns if (table, column) in of_tables}


def test_views(url):
    """The views say what they say in SQLite."""
    with open_store(url) as store:
        for name, model in (("1", "taxi"), ("2", "taxi"), ("3", "bus")):
            store.save_run(sample_result(name, model), {ProfileKey(): b"rows", HOUR: b"hour"})
    assert [("bus", 3), ("taxi", 2)] == ask(url, "SELECT model, number FROM driftline.latest_run ORDER BY model")
    assert [("bus", "1d", 3), ("taxi", "1d", 2)] == ask(
        url, 'SELECT model, "window", number FROM driftline.windows ORDER BY model'
    )
    assert [("alert", 3, 15), ("warning", 2, 15)] == ask(
        url, "SELECT level, level_rank, count(*) FROM driftline.findings GROUP BY 1, 2 ORDER BY 1"
    )
    assert [(VERDICTS // 2,)] == ask(url, "SELECT count(*) FROM driftline.estimates WHERE model = 'bus'")
    start, end = HOUR.window.split("/")
    assert {("1d", "1d", ""), (HOUR.window, start, end)} == set(
        ask(url, 'SELECT "window", window_start, window_end FROM driftline.verdict_history')
    )


def test_views_of_the_tiers(url):
    """The service and the labels of each window; a schema of version 2 gets these views when it is opened."""
    with open_store(url) as store:
        fill_tiers(store)
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("DROP VIEW driftline.label_maturity; DROP VIEW driftline.service_health")
        line.execute("COMMENT ON SCHEMA driftline IS 'Driftline store, version 2'")
    open_store(url).close()
    assert expect_service_health() == ask(url, SERVICE_HEALTH.format("driftline."))
    assert expect_label_maturity() == ask(url, LABEL_MATURITY.format("driftline."))
    open_store(url).close()


def test_database_killed(url, server):
    """While the database is away each call says so; when it is back, the same store has all that was acknowledged."""
    with open_store(url) as store:
        first = store.save_run(sample_result("1"), {})
        server.stop(signal.SIGQUIT)  # at once and without a checkpoint, its backends too
        with pytest.raises(StoreError, match=r"127.0.0.1:\d+/postgres: .*; nothing of this was saved"):
            store.save_run(sample_result("2"), {})
        with pytest.raises(StoreError, match="nothing of this was saved"):
            store.runs()
        server.start()
        programs.await_postgresql(server)
        second = store.save_run(sample_result("2"), {})
        assert [second, first] == [run.run_id for run in store.runs()]
        server.restart()
        programs.await_postgresql(server)
        assert 2 == len(store.runs())


def test_schemas_that_are_none(url):
    """Another program's schema and a newer one are told apart from a store, and left as they are."""
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("CREATE SCHEMA driftline")
        with pytest.raises(StoreError, match="of another program"):
            open_store(url)
        line.execute("COMMENT ON SCHEMA driftline IS 'Driftline store, version 99'")
        known = f"Driftline store, version {VERSION}"
        with pytest.raises(StoreError, match=rf"version 99', this one knows {known}\); upgrade"):
            open_store(url)
    assert [] == ask(url, "SELECT 1 FROM information_schema.tables WHERE table_schema = 'driftline'")


def test_unreachable():
    """A database that is not there is told without the password."""
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://me:verysecret@127.0.0.1:9/db")
    assert ("127.0.0.1:9/db" in str(caught.value), "verysecret" in str(caught.value)) == (True, False)


def test_copied_from_sqlite_and_back(url, tmp_path):
    """A store is the same after it was copied from SQLite, and back."""
    fill(f"sqlite:///{tmp_path}/a.db")
    with open_store(f"{tmp_path}/a.db") as first, open_store(url) as middle, open_store(f"{tmp_path}/b.db") as last:
        for source, target in ((first, middle), (first, middle), (middle, last)):
            list(copy_store(source, target))
        assert show(first) == show(middle) == show(last)
        assert {0} == {rows for _, rows in copy_store(middle, last)}
        histories = [io.BytesIO() for _ in range(2)]
        for store, history in zip((first, middle), histories, strict=True):
            store.save_run(replace(sample_result("day"), window=DAY), {})
            write_history(store, history, "taxi")
        assert histories[0].getvalue() == histories[1].getvalue()
        assert b"driftline_window_rows" in histories[0].getvalue()
