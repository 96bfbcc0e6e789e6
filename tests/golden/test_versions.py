"""What version n wrote, version n + 2 reads: settings, the tables of a store, and the fields of a JSON report.

Each version has a folder here, made by `DRIFTLINE_GOLDEN=write` when it is released and never touched again. Folders of
the two versions before this one stay; older ones may go. Packs and profiles are held by `test_golden.py`.
"""

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from jsonschema import Draft202012Validator

import driftline
from driftline.alerts.watch import Watch
from driftline.config.load import load_config
from driftline.config.settings import Config
from driftline.monitor import Monitor
from driftline.stores.base import open_store
from driftline.stores.events import make_event
from driftline.stores.records import Fragment
from driftline.types import Action, ProfileKey
from driftline.verdicts.result import Result

GOLDEN = Path(__file__).parent
VERSIONS = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir() and path.name[0].isdigit())
THIS = ".".join(driftline.__version__.split(".")[:2])
DAYS, ROWS = 30, 40
SCHEMA = json.loads((GOLDEN.parents[1] / "docs/report.schema.json").read_text(encoding="utf-8"))
PRAGMAS = ("application_id", "user_version")
UNSAID = {"query", "only"}  # a query makes a ranking, and `only` would leave other settings without an effect
FREE = frozenset({"detail", "labels", "values", "options"})
"""Objects of a report whose keys are those of the data or of a metric."""


def rows(days, seed, *, shift=0.0):
    """Rows of so many days, whose numbers are quarters."""
    rng = np.random.default_rng(seed)
    number = np.round(4 * rng.normal(10 + shift, 2, days * ROWS)) / 4
    at = pl.datetime(2024, 1, 1, time_zone="UTC") + pl.duration(hours=24 * (pl.int_range(days * ROWS) // ROWS))
    return pl.select(at=at).with_columns(pl.Series("x", number), pl.Series("y", number * 2), pl.Series("guess", number))


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> tuple[Path, Result]:
    """A store of this version with two windows, an incident that a person took, and an event; and the last result."""
    path = tmp_path_factory.mktemp("store") / "store.db"
    monitor = Monitor.fit(rows(DAYS, 1), target="y", prediction="guess", timestamp="at", derive=False)
    outcomes = Watch(monitor).over(rows(2, 2, shift=9.0).with_columns(pl.col("at") + pl.duration(days=DAYS)))
    result = outcomes[-1].result
    with open_store(f"sqlite:///{path}") as store:
        for outcome in outcomes:
            store.save_run(outcome.result, {})
        fragment = Fragment("model", result.fingerprint, ProfileKey(window=result.window), "a", b"bytes")
        store.put_fragments((fragment,))
        store.save_pack("model", result.fingerprint, b"a pack")
        store.save_incidents([incident.record() for incident in outcomes[-1].incidents])
        store.act_on_incident(store.incidents()[0].id, Action.ACKNOWLEDGE, "Ann", "I look")
        store.save_events([make_event("model", "deployed", datetime(2024, 1, 31, tzinfo=UTC), "deployment", "Ann")])
    return path, result


def dump(path):
    """A store as SQL, with what tells its version."""
    with closing(sqlite3.connect(path)) as db:
        pragmas = [f"PRAGMA {name} = {db.execute(f'PRAGMA {name}').fetchone()[0]};" for name in PRAGMAS]
        return "\n".join([*pragmas, *db.iterdump(), ""])


def facts(path):
    """What people and tools read from a store, by the methods of this version."""
    with open_store(f"sqlite:///{path}") as store:
        runs = store.runs(limit=None)
        incidents = store.incidents()
        ((plan, cell),) = {(run.plan, cell) for run in runs for cell in store.cells("model", run.plan)}
        return {
            "runs": [[run.run_id, run.headline, str(run.level), run.window] for run in runs],
            "verdicts": [
                [verdict.metric, verdict.column, str(verdict.level), verdict.value, verdict.reason]
                for verdict in (kept.verdict for kept in store.verdicts(run_id=runs[0].run_id))
            ],
            "incidents": [[each.id, each.headline, str(each.state), each.since, each.owner] for each in incidents],
            "actions": [[str(done.action), done.person, done.note] for each in incidents for done in each.actions],
            "events": [[event.kind, event.at, event.text, event.person] for event in store.events()],
            "fragments": [[str(cell.window), part.data.decode()] for part in store.fragments("model", plan)],
            "pack": (store.pack("model", plan) or b"").decode(),
        }


def columns(path):
    """The columns of each table and view, in their order."""
    with closing(sqlite3.connect(path)) as db:
        names = db.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'")
        return {name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")] for (name,) in names.fetchall()}


def fields(value, place=""):
    """Each field of a report with the kinds of value that it has, lists by their items."""
    if isinstance(value, list):
        return set().union(*(fields(item, f"{place}[]") for item in value))
    if not isinstance(value, dict):
        return set()
    inner = set() if place.rpartition(".")[2] in FREE else set(value)
    return {f"{place}.{name}" for name in inner}.union(*(fields(value[name], f"{place}.{name}") for name in inner))


def kept(version, name, made):
    """The text that a version left; that of this version is made anew with DRIFTLINE_GOLDEN=write."""
    path = GOLDEN / version / name
    if version == THIS and os.environ.get("DRIFTLINE_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def as_json(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def test_this_version_left_something():
    """A release has its folder, so that the versions after it are held to it."""
    assert THIS in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_settings(version):
    """Each setting of an earlier version is read, and means what it meant."""
    config = load_config(GOLDEN / version / "settings.yaml", {}, {}).model_dump(mode="json")
    expected = json.loads(kept(version, "settings.json", as_json(config)))
    assert expected == {name: _part(config[name], said) for name, said in expected.items()}


def _part(now, said):
    """Of settings of now, those that are in settings of then."""
    if isinstance(said, dict) and isinstance(now, dict):
        return {name: _part(now[name], value) for name, value in said.items() if name in now}
    if isinstance(said, list) and isinstance(now, list) and len(now) == len(said):
        return [_part(*pair) for pair in zip(now, said, strict=True)]
    return now


def test_every_setting_is_held():
    """The file of this version names each top-level setting that there is."""
    assert (
        set(Config.model_fields) == set(yaml.safe_load((GOLDEN / THIS / "settings.yaml").read_text("utf-8"))) | UNSAID
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_store(version, watched, tmp_path):
    """A store of an earlier version opens, gives what is in it, takes more, and keeps its columns in their places."""
    script = kept(version, "store.sql", dump(watched[0]))
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    then = columns(path)
    found = facts(path)
    assert json.loads(kept(version, "store.json", as_json(found))) == json.loads(as_json(found))
    with open_store(f"sqlite:///{path}") as store:
        store.save_run(watched[1], {})
    now = columns(path)
    assert then == {name: now[name][: len(then[name])] for name in then}
    assert columns(watched[0]) == now


@pytest.mark.parametrize("version", VERSIONS)
def test_report(version, watched):
    """Each field of an earlier version's JSON report is in this version's report of the same rows."""
    made = json.loads(watched[1].render("json"))
    report = json.loads(kept(version, "report.json", as_json(made)))
    assert report["schema_version"] == made["schema_version"]
    assert set() == fields(report) - fields(made)
    Draft202012Validator(SCHEMA).validate(report)
