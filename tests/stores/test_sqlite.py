"""The SQLite store: the suite of all stores, its tables, and what can go wrong with a file."""

import os
import re
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event

import numpy as np
import polars as pl
import pytest

pytest.register_assert_rewrite("driftline.testing.stores", "driftline.testing.incidents")

from driftline.alerts.watch import Watch  # noqa: E402 - after the line above
from driftline.errors import StoreError  # noqa: E402 - after the line above
from driftline.monitor import Monitor  # noqa: E402 - after the line above
from driftline.stores.backends.base_sql import VERSION  # noqa: E402 - after the line above
from driftline.stores.backends.sqlite import Sqlite  # noqa: E402 - after the line above
from driftline.stores.base import open_store  # noqa: E402 - after the line above
from driftline.stores.sqlite_file import pragma, vacuum  # noqa: E402 - after the line above
from driftline.testing.stores import HOUR, VERDICTS, StoreSuite, sample_result  # noqa: E402 - after the line above
from driftline.types import Action, Health, IncidentState, Level, ProfileKey  # noqa: E402 - after the line above
from harness.tiers import (  # noqa: E402 - after the line above
    LABEL_MATURITY,
    SERVICE_HEALTH,
    expect_label_maturity,
    expect_service_health,
    fill_tiers,
)


@pytest.fixture
def path(tmp_path):
    """Where the store is."""
    return tmp_path / "driftline.db"


@pytest.fixture
def saved(path):
    """A closed store with two runs of one model and one of another."""
    with open_store(str(path)) as store:
        for name, model in (("1", "taxi"), ("2", "taxi"), ("3", "bus")):
            store.save_run(sample_result(name, model), {ProfileKey(): b"rows", HOUR: b"hour"})
    return path


class TestSqlite(StoreSuite):
    """The suite of all stores."""

    @pytest.fixture
    def url(self, tmp_path):
        """An empty store."""
        return f"sqlite:///{tmp_path}/driftline.db"


def ask(path, sql):
    """What a person or a BI tool gets from the plain file."""
    db = sqlite3.connect(path)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def test_safe_settings(path):
    """Write-ahead log, a flush at each commit, foreign keys, strict tables."""
    with Sqlite(f"sqlite:///{path}") as store:
        settings = [pragma(store._db, name) for name in ("synchronous", "foreign_keys", "user_version")]
        assert [2, 1, VERSION] == settings
    assert [("wal",)] == ask(path, "PRAGMA journal_mode")
    assert {(1,)} == set(
        ask(path, "SELECT strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    )


def test_views(saved):
    """The views are flat: the latest run of each model, all verdicts with their run, and those that stand out."""
    assert [("bus", 3), ("taxi", 2)] == ask(saved, "SELECT model, number FROM latest_run ORDER BY model")
    assert [(3 * VERDICTS,)] == ask(saved, "SELECT count(*) FROM verdict_history")
    assert [("alert", 3, 15), ("warning", 2, 15)] == ask(
        saved, "SELECT level, level_rank, count(*) FROM findings GROUP BY 1, 2 ORDER BY 1"
    )
    newest = [("bus", "1d", 3), ("taxi", "1d", 2)]
    assert newest == ask(saved, 'SELECT model, "window", number FROM windows ORDER BY model')
    assert [("bus", "1d", VERDICTS // 2), ("taxi", "1d", VERDICTS // 2)] == ask(
        saved, 'SELECT model, "window", count(*) FROM estimates GROUP BY 1, 2 ORDER BY 1'
    )
    start, end = HOUR.window.split("/")
    assert {("1d", "", "1d"), (HOUR.window, start, end)} == set(
        ask(saved, 'SELECT "window", window_start, window_end FROM verdict_history')
    )


def test_views_of_the_tiers(path):
    """The service and the labels of each window; a store of version 2 gets these views when it is opened."""
    with open_store(str(path)) as store:
        fill_tiers(store)
    db = sqlite3.connect(path)
    db.executescript("DROP VIEW label_maturity; DROP VIEW service_health; PRAGMA user_version = 2")
    db.close()
    open_store(str(path)).close()
    assert expect_service_health() == ask(path, SERVICE_HEALTH.format(""))
    assert expect_label_maturity() == ask(path, LABEL_MATURITY.format(""))


def test_store_of_version_3(saved):
    """The view of verdicts of a store of version 3 has the run's window once it is opened by this one."""
    db = sqlite3.connect(saved)
    old = (
        'CREATE VIEW verdict_history AS SELECT verdicts."window", verdicts.level FROM runs JOIN verdicts USING (run_id)'
    )
    db.executescript(f"DROP VIEW findings; DROP VIEW verdict_history; {old}; PRAGMA user_version = 3")
    assert {None, HOUR.window} == {window for (window,) in ask(saved, 'SELECT "window" FROM verdict_history')}
    db.close()
    open_store(str(saved)).close()
    assert {"1d", HOUR.window} == {window for (window,) in ask(saved, 'SELECT "window" FROM verdict_history')}
    assert ask(saved, "SELECT count(*) FROM findings") > [(0,)]


@pytest.mark.parametrize(("labelled", "state"), [(200, "complete"), (80, "partial"), (0, "waiting")])
def test_share_of_labels(path, labelled, state):
    """Of a window in which a part of the rows has a label, `label_maturity` has that part."""
    random = np.random.default_rng(5)
    at = pl.Series(np.arange(2000) * 432 * 10**6).cast(pl.Datetime("us"))
    rows = pl.DataFrame({"at": at, "guess": random.normal(size=2000)}).with_columns(y=pl.col("guess") + 0.1)
    monitor = Monitor.fit(rows[:1800], target="y", prediction="guess", timestamp="at", describe=False, derive=False)
    known = pl.when(pl.int_range(200) < labelled).then(pl.col("y"))
    with open_store(str(path)) as store:
        Watch(monitor).over(rows[1800:].with_columns(y=known), every="1d", store=store)
    assert [(labelled, labelled / 200, state)] == ask(path, "SELECT labels, labelled, state FROM label_maturity")


def test_estimates_are_audited(path):
    """`estimate_audits` has, of each window with labels, what was estimated and what came true; of others nothing.

    It says what the watch remembers; a store of version 4 gets the view when it is opened.
    """
    random = np.random.default_rng(6)
    at, score = pl.Series(np.arange(4_000) * 432 * 10**6).cast(pl.Datetime("us")), random.random(4_000)
    rows = pl.DataFrame({"at": at, "score": score, "answer": score > 0.5, "y": random.random(4_000) < score})
    monitor = Monitor.fit(rows[:2000], target="y", prediction="answer", score="score", timestamp="at", derive=False)
    watch, late = Watch(monitor), pl.when(pl.int_range(1_000) < 800).then(pl.col("y"))
    with open_store(str(path)) as store:
        watch.over(rows[2000:3000].with_columns(y=late), every="1d", store=store)
    with closing(sqlite3.connect(path)) as db:
        db.executescript("DROP VIEW estimate_audits; PRAGMA user_version = 4")
    open_store(str(path)).close()
    found = ask(path, "SELECT \"window\", held, error, n FROM estimate_audits WHERE estimate = 'estimated_accuracy'")
    known = watch.audits.known["estimated_accuracy"]
    assert {window: (audit.margins <= 1, pytest.approx(audit.error)) for window, audit in known.items()} == {
        window: (bool(held), error) for window, held, error, _ in found
    }
    assert [200] * 4 == [n for *_, n in found]
    (accuracy,) = (one for one in watch.audits.summarize() if one.metric == "estimated_accuracy")
    assert (4, sum(held for _, held, *_ in found)) == (accuracy.windows, accuracy.held)


def test_every_column_is_documented(path):
    """docs/tables.md describes each table and view, column by column, in order, and no others."""
    open_store(str(path)).close()
    names = [name for (name,) in ask(path, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")]
    real = {name: [row[1] for row in ask(path, f"PRAGMA table_info({name})")] for name in names}
    text = (Path(__file__).parents[2] / "docs" / "tables.md").read_text("utf-8")
    sections = re.findall(r"^## `(\w+)`.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    documented = {name: re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE) for name, body in sections}
    documented |= {
        "latest_run": documented["runs"],
        "window_runs": documented["runs"],
        "findings": documented["verdict_history"],
    }
    assert real == documented


def test_relative_path(tmp_path, monkeypatch):
    """Three slashes are relative to where the program runs, four are absolute, and a plain path will do."""
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///a.db", f"sqlite:///{tmp_path}/b.db", "c.sqlite", f"{tmp_path}/d.sqlite3"):
        open_store(url).close()
    assert {"a.db", "b.db", "c.sqlite", "d.sqlite3"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:///no/where/a.db", "there is no folder 'no/where'; make it first"),
        ("sqlite:///.", "a folder; name a file in it"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://a.db", "names no file"),
        ("sqlite://", "names no file"),
        ("driftline", "no store of this kind; known are mongodb:…, postgresql:…, sqlite:…"),
        ("redis://host/1", "no store of this kind; known are mongodb:…, postgresql:…, sqlite:…"),
        (
            "postgresql+psycopg://me:secret@host/db",
            "postgresql+psycopg://me@host/db: unknown 'psycopg' after the 'postgresql'",
        ),
        ("oracle://host/db", "no store of this kind; known are"),
    ],
)
def test_urls_that_name_no_store(url, words, tmp_path, monkeypatch):
    """The message says what is wrong with the URL and what would do."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert words in str(caught.value)
    assert [] == list(tmp_path.iterdir())


def spoil(path, sql):
    """Change a store behind its back."""
    db = sqlite3.connect(path)
    db.execute(sql)
    db.commit()
    db.close()


def test_files_that_are_no_store(path):
    """Another program's file, a newer store and a damaged one are told apart, and left as they are."""
    path.write_bytes(b"fare,zone\n" * 100)
    with pytest.raises(StoreError, match="not an SQLite database"):
        open_store(str(path))
    assert b"fare,zone\n" * 100 == path.read_bytes()
    path.unlink()
    spoil(path, "CREATE TABLE runs (id)")
    with pytest.raises(StoreError, match="not a Driftline store"):
        open_store(str(path))
    path.unlink()
    open_store(str(path)).close()
    spoil(path, f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(
        StoreError, match=rf"newer Driftline \(tables of version {VERSION + 1}, this one knows {VERSION}\); upgrade"
    ):
        open_store(str(path))


VERSION_1 = """
CREATE TABLE incidents (
  id TEXT PRIMARY KEY, model TEXT NOT NULL, level TEXT NOT NULL, headline TEXT NOT NULL, reason TEXT NOT NULL,
  since TEXT, opened TEXT NOT NULL, updated TEXT NOT NULL, closed TEXT, windows INTEGER NOT NULL,
  accepted_by TEXT, accepted_on TEXT, accepted_after TEXT, note TEXT
) STRICT;
INSERT INTO incidents VALUES
  ('a', 'taxi', 'alert', 'fare', 'Because.', '2022-01-31', '2022-02-01', '2022-02-04', NULL, 4, 'Ann', '2022-02-05',
   '2022-02-03', 'new tariff'),
  ('b', 'taxi', 'warning', 'tip', 'So.', NULL, '2022-02-02', '2022-02-04', '2022-02-04', 3, NULL, NULL, NULL, NULL),
  ('c', 'taxi', 'alert', 'zone', 'So.', NULL, '2022-02-03', '2022-02-04', NULL, 2, NULL, NULL, NULL, NULL);
"""
"""What a store of version 1 had of incidents."""


@pytest.mark.parametrize("script", [VERSION_1, ""], ids=["with incidents", "before there were incidents"])
def test_store_of_version_1(saved, script):
    """A store of version 1 is brought up to this one, once, by whoever opens it first; nothing of it is lost."""
    db = sqlite3.connect(saved)
    names = ("estimate_audits", "label_maturity", "service_health", "estimates", "windows")
    views = "; ".join(f"DROP VIEW {name}" for name in names)
    tables = "DROP TABLE incident_actions; DROP TABLE incidents; DROP TABLE events; DROP TABLE packs"
    added = ("service_level", "data_level", "model_level", "labelled")
    columns = "; ".join(f"ALTER TABLE runs DROP COLUMN {name}" for name in added)
    db.executescript(f"{views}; {tables}; {columns}; {script}; PRAGMA user_version = 1")
    db.close()
    together = Barrier(4)

    def read(_):
        together.wait()
        with open_store(str(saved)) as store:
            return store.incidents(), [run.tiers for run in store.runs()], store.events()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read, range(4)))
    assert [found[0]] * 4 == found
    incidents, runs, events = found[0]
    assert ([{Health.DATA: Level.ALERT, Health.MODEL: Level.WARNING}] * 3, ()) == (runs, events)
    assert [VERSION] == [version for (version,) in ask(saved, "PRAGMA user_version")]
    if script:
        states = [(each.id, each.state, each.closed, each.members) for each in incidents]
        resolved, accepted = IncidentState.RESOLVED, IncidentState.ACCEPTED
        assert [
            ("c", IncidentState.OPEN, None, ()), ("b", resolved, "2022-02-04", ()), ("a", accepted, None, ())
        ] == states  # fmt: skip
        ending = incidents[-1].ending
        assert ("Ann", "2022-02-05", "new tariff", "2022-02-03") == (
            ending.person, ending.at, ending.note, ending.after
        )  # fmt: skip
        assert "Ann did accept it" in _refusal(str(saved), "a")
    else:
        assert () == incidents


def _refusal(url, incident):
    with open_store(url) as store, pytest.raises(StoreError) as caught:
        store.act_on_incident(incident, Action.RESOLVE, "Bob")
    return str(caught.value)


def test_made_by_many_at_once(tmp_path):
    """Those who open a new store at the same moment all get it, made once."""
    together = Barrier(4)

    def open_all(_):
        for at in range(20):
            together.wait()
            with open_store(f"{tmp_path}/{at}.db") as store:
                store.save_run(sample_result(), {})
        return 20

    with ThreadPoolExecutor(4) as pool:
        assert [20] * 4 == list(pool.map(open_all, range(4)))


def test_damaged(saved):
    """A store whose pages are garbage says so."""
    data = bytearray(saved.read_bytes())
    data[16384:] = b"\xa5" * (len(data) - 16384)
    saved.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"), open_store(str(saved)) as store:
        store.verdicts()


def test_locked(saved):
    """Another program's long write is waited for, then named; nothing is half saved and the store stays usable."""
    other = sqlite3.connect(saved, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Sqlite(f"sqlite:///{saved}", timeout=0.05) as store:
        with pytest.raises(StoreError, match=r"locked by another program for more than 0.05 s"):
            store.save_run(sample_result("4"), {})
        assert 3 == len(store.runs())
        other.close()
        store.save_run(sample_result("4"), {})
        assert 4 == len(store.runs())


def test_disk_full(saved):
    """A disk without room is told, and what was there stays."""
    with Sqlite(f"sqlite:///{saved}") as store:
        store._db.execute(f"PRAGMA max_page_count = {pragma(store._db, 'page_count')}")
        with pytest.raises(StoreError, match="the disk is full; nothing of this was saved"):
            store.save_run(sample_result("big"), {ProfileKey(): bytes(1_000_000)})
        assert (3, 3 * VERDICTS) == (len(store.runs()), len(store.verdicts()))


@pytest.fixture
def nobody():
    """Run as a user without special rights: to the superuser no folder is read-only."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.parametrize("there", [False, True])
def test_read_only_folder(there, request):
    """A folder that may not be written is told with what to check, whether the store is there or not."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.db"
        if there:
            open_store(str(path)).close()
        Path(name).chmod(0o555)
        request.getfixturevalue("nobody")
        with (
            pytest.raises(StoreError, match=r"check the rights of the file and of its folder"),
            open_store(str(path)) as store,
        ):
            store.save_run(sample_result(), {})
        os.seteuid(os.getuid())
        Path(name).chmod(0o755)


def test_hidden_folder(tmp_path, nobody):  # noqa: ARG001 - takes the rights away
    """A folder that may not even be looked into is told alike."""
    if os.getuid() != 0:
        tmp_path.chmod(0)
    with pytest.raises(StoreError, match=r"check the rights of the file and of its folder"):
        open_store(str(tmp_path / "in" / "a.db"))
    if os.getuid() != 0:
        tmp_path.chmod(0o755)


def test_read_only_connection(saved):
    """A store that turns read-only is told with what to check."""
    with Sqlite(f"sqlite:///{saved}") as store:
        store._db.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="cannot be written; check the rights"):
            store.save_run(sample_result("4"), {})


def test_view_queried_while_compacting(saved):
    """A person who queries a view while the file is compacted gets all of it; the store then goes on."""
    ended, counts = Event(), []

    def compact():
        for _ in range(5):
            vacuum(saved)
        ended.set()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(compact)
        while not ended.is_set() or not counts:
            counts += ask(saved, "SELECT count(*) FROM verdict_history")
        done.result()
    assert {(3 * VERDICTS,)} == set(counts)
    with open_store(str(saved)) as store:
        store.save_run(sample_result("after"), {})
        assert 4 == len(store.runs(limit=None))
