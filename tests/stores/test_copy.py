"""A store is copied whole, once, as often as it is begun; what people did in the copy stays."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from driftline.cli.main import main
from driftline.errors import StoreError
from driftline.server.prometheus.history import write_history
from driftline.stores.base import open_store
from driftline.stores.copy import copy_store, find_keys
from driftline.stores.events import make_event
from driftline.testing.incidents import sample_incident
from driftline.testing.stores import HOUR, VERDICTS, sample_result
from driftline.types import Action, IncidentState, ProfileKey


def fill(url, runs=3):
    """A store with some of everything."""
    with open_store(url) as store:
        for at in range(runs):
            store.save_run(sample_result(f"{at:03}"), {HOUR: b"%d" % at, ProfileKey(): b"all"})
        store.save_incidents([sample_incident(name) for name in ("a", "b")])
        store.act_on_incident("a", Action.ACKNOWLEDGE, "Ann", "d'or; DROP TABLE\n\0")
        store.save_events([make_event("taxi", "new tariff", datetime(2022, 2, 1, tzinfo=UTC))])


def show(store):
    """All that the port gives of a store, without what each store has of its own."""
    runs = [replace(run, number=0) for run in store.runs(limit=None)]
    fragments = store.fragments("taxi", "0123abcd")
    return runs, store.verdicts(limit=None), fragments, store.incidents(), store.events()


@pytest.fixture
def stores(tmp_path):
    """A store with some of everything, and an empty one."""
    fill(f"sqlite:///{tmp_path}/old.db")
    with open_store(f"{tmp_path}/old.db") as old, open_store(f"{tmp_path}/new.db") as new:
        yield old, new


def test_keys_are_those_of_the_tables(tmp_path):
    """The keys are found in the script as SQLite has them, of every table."""
    open_store(f"{tmp_path}/s.db").close()
    with closing(sqlite3.connect(tmp_path / "s.db")) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        keys = {name: sorted((row[5], row[1]) for row in db.execute(f"PRAGMA table_info({name})")) for name in names}
    assert {name: tuple(column for at, column in key if at) for name, key in keys.items()} == find_keys()


def test_whole_and_once(stores):
    """The copy is equal, in the order of the runs; a second time nothing is new."""
    old, new = stores
    counts = dict.fromkeys(find_keys(), 0)
    for table, rows in copy_store(old, new):
        counts[table] += rows
    expected = {"runs": 3, "fragments": 4, "incidents": 2, "incident_actions": 1, "events": 1}
    assert expected == {table: rows for table, rows in counts.items() if rows}
    assert show(old) == show(new)
    assert {0} == {rows for _, rows in copy_store(old, new)}
    assert show(old) == show(new)


def test_stopped_and_begun_again(stores, monkeypatch):
    """Stopped after any page, what is there is whole, and the next time the rest comes."""
    monkeypatch.setattr("driftline.stores.copy._PAGE", 1)
    monkeypatch.setattr(
        "driftline.stores.copy._NEXT_RUNS", "SELECT * FROM runs WHERE number > :after ORDER BY number LIMIT 1"
    )
    old, new = stores
    for pages in range(1, 12):
        for _, (table, _rows) in zip(range(pages), copy_store(old, new), strict=False):
            assert table in find_keys()
        for run in new.runs(limit=None):
            assert VERDICTS == len(new.verdicts(run_id=run.run_id))
    assert show(old) == show(new)


def test_what_changed_since(stores):
    """A second time open incidents and profiles are brought up to date, but not what people did more of in the copy."""
    old, new = stores
    list(copy_store(old, new))
    new.act_on_incident("b", Action.FALSE_ALARM, "Bob")
    old.act_on_incident("a", Action.RESOLVE, "Ann")
    old.save_incidents([replace(sample_incident(name), updated="2022-02-09") for name in ("a", "b")])
    old.put_fragments(tuple(replace(each, data=b"newer") for each in old.fragments("taxi", "0123abcd")[:1]))
    list(copy_store(old, new))
    assert (old.incident("a"), old.fragments("taxi", "0123abcd")) == (
        new.incident("a"), new.fragments("taxi", "0123abcd")
    )  # fmt: skip
    assert (IncidentState.FALSE_ALARM, ["Bob"]) == (
        new.incident("b").state, [done.person for done in new.incident("b").actions]
    )  # fmt: skip


def test_command(tmp_path):
    """It tells what is new by table; a store that is not there, or the same one, is refused."""
    fill(f"sqlite:///{tmp_path}/old.db")
    old, new = (f"sqlite:///{tmp_path}/{name}.db" for name in ("old", "new"))

    def run(*arguments):
        done = CliRunner().invoke(main, ["migrate", *arguments])
        return done.exit_code, done.output

    code, told = run(old, new)
    assert (0, True) == (code, told.startswith("runs: 3 new or changed\nfragments: 4 new or changed\n"))
    assert (0, True) == (run(old, new)[0], "runs: 0 new or changed" in run(old, new)[1])
    assert 2 == run(f"sqlite:///{tmp_path}/no.db", new)[0]
    assert (2, True) == (run(old, old)[0], "cannot be copied into itself" in run(old, old)[1])


def test_other_stores():
    """A store of a kind that nobody knows is refused."""
    with pytest.raises(
        StoreError, match="a store of SimpleNamespace cannot be copied; known are SQLite, PostgreSQL and MongoDB"
    ):
        list(copy_store(SimpleNamespace(), SimpleNamespace()))


@pytest.mark.slow
def test_to_mongodb_and_back(stores, monkeypatch):
    """Through a store in MongoDB all comes back, once, with what changed since; its history is that of SQLite."""
    pytest.importorskip("mongomock", reason="mongomock is not installed: make test")
    from harness.mongo import mongo  # noqa: PLC0415 - what is needed for it may not be there

    monkeypatch.setattr("driftline.stores.copy_mongodb._PAGE", 2)
    old, new = stores
    with mongo() as running, open_store(f"mongodb://127.0.0.1:{running.port}/copy") as other:
        old.save_pack("taxi", "0123abcd", b"\0pack")
        old.save_run(replace(sample_result("w"), window=HOUR.window), {})
        counts = dict.fromkeys(find_keys(), 0)
        for table, rows in copy_store(old, other):
            counts[table] += rows
        expected = {"runs": 4, "fragments": 4, "incidents": 2, "incident_actions": 1, "events": 1, "packs": 1}
        assert expected == {table: rows for table, rows in counts.items() if rows}
        assert show(old) == show(other)
        assert {0} == {rows for _, rows in copy_store(old, other)}
        list(copy_store(other, new))
        assert show(old) == show(new)
        assert [run.saved for run in old.runs()] == [run.saved for run in new.runs()]
        assert (b"\0pack", {0}) == (new.pack("taxi", "0123abcd"), {rows for _, rows in copy_store(other, new)})
        other.act_on_incident("b", Action.FALSE_ALARM, "Bob")
        old.act_on_incident("a", Action.RESOLVE, "Ann")
        old.save_incidents([replace(sample_incident(name), updated="2022-02-09") for name in ("a", "b")])
        old.put_fragments(tuple(replace(each, data=b"newer") for each in old.fragments("taxi", "0123abcd")[:1]))
        list(copy_store(old, other))
        assert (old.incident("a"), old.fragments("taxi", "0123abcd")) == (
            other.incident("a"), other.fragments("taxi", "0123abcd")
        )  # fmt: skip
        assert ["Bob"] == [done.person for done in other.incident("b").actions]
        histories = [BytesIO(), BytesIO()]
        counted = [write_history(store, file) for store, file in zip((old, other), histories, strict=True)]
        assert counted[0] > 2
        assert histories[0].getvalue() == histories[1].getvalue()
