"""Plans: fitted by fixed rules, kept by their state, told apart by their fingerprint."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.errors import ConfigError
from driftline.profiles import codec
from driftline.profiles.fitting.fit import fit
from driftline.profiles.plan import Plan
from driftline.types import Kind, Role, Task


def fitted(rows, /, **settings):
    """The plan of one frame."""
    return fit([pl.DataFrame(rows)], Config.model_validate(settings))


@pytest.fixture
def rows():
    """Rows of several kinds."""
    random = np.random.default_rng(0)
    return {
        "x": random.lognormal(0, 2, 5000), "few": random.integers(0, 9, 5000), "flag": random.random(5000) < 0.5,
        "zone": random.choice(["a", "b", "c"], 5000), "zone_code": random.integers(1, 260, 5000),
        "row_id": np.arange(5000), "at": pl.Series(np.arange(5000) * 60_000_000).cast(pl.Datetime("us")),
        "note": [f"said {i}" for i in range(5000)],
    }  # fmt: skip


def test_kinds_and_roles(rows):
    """What is not stated is guessed from type, name and values, and marked as a guess."""
    columns = {name: (column.kind.value, column.role.value) for name, column in fitted(rows).by_name.items()}
    assert {
        "x": ("numeric", "feature"), "few": ("numeric", "feature"), "flag": ("boolean", "feature"),
        "zone": ("categorical", "feature"), "zone_code": ("categorical", "feature"), "row_id": ("text", "id"),
        "at": ("datetime", "timestamp"), "note": ("text", "feature"),
    } == {name: columns[name] for name in rows}  # fmt: skip
    stated = fitted(rows, columns={"few": {"kind": "categorical"}, "x": {"role": "ignored"}}, id="note")
    assert (Kind.CATEGORICAL, False) == (stated.by_name["few"].kind, stated.by_name["few"].column.guessed)
    assert (Role.IGNORED, Role.ID) == (stated.by_name["x"].role, stated.by_name["note"].role)


def test_task(rows):
    """The task follows from the target, unless it is stated."""
    tasks = [fitted(rows, target=name).task for name in ("x", "flag", "zone")]
    assert [Task.REGRESSION, Task.BINARY, Task.MULTICLASS] == tasks
    assert Task.MULTICLASS is fitted(rows, target="few", model={"task": "multiclass"}).task
    assert ("true", None) == (fitted(rows, target="flag").positive, fitted(rows, target="zone").positive)


def test_edges(rows):
    """Edges are sorted and finite, hold the extremes, part the rows evenly, and are all values where these are few."""
    plan = fitted(rows, privacy={"show_values": "all"})
    x, few = plan.by_name["x"], plan.by_name["few"]
    assert (np.diff(x.edges) > 0).all()
    assert np.isfinite(x.edges).all()
    assert {rows["x"].min(), rows["x"].max()} <= set(x.edges.tolist())
    between = np.histogram(rows["x"], x.edges)[0]
    assert between.max() <= 2 * 5000 / 256
    assert (set(range(9)), True, False) == (set(few.edges.tolist()) & set(range(9)), few.complete, x.complete)
    assert 2 * x.edges.size + 1 == x.groups.size
    assert (np.diff(x.groups) >= 0).all()
    assert 8 <= x.groups.max() + 1 <= 13


def test_same_plan_for_any_batches(rows):
    """Batches do not matter to the plan, nor does running it again."""
    frame = pl.DataFrame(rows)
    plans = [fit(parts, Config()).fingerprint for parts in ([frame], [frame], [frame[:1], frame[1:4000], frame[4000:]])]
    assert 1 == len(set(plans))


def test_state(rows):
    """A plan is its state: the same fingerprint after the codec."""
    plan = fitted(rows, target="flag", segments=("zone",))
    back = Plan.from_state(codec.unpack(codec.pack(plan.state())))
    assert plan.fingerprint == back.fingerprint
    assert codec.pack(plan.state()) == codec.pack(back.state())


def test_fingerprint(rows):
    """Whatever decides how rows fold changes the fingerprint; thresholds do not."""
    plan = fitted(rows)
    moved = dataclasses.replace(plan.columns[0], edges=plan.columns[0].edges * (1 + 1e-15))
    assert plan.fingerprint != dataclasses.replace(plan, columns=(moved, *plan.columns[1:])).fingerprint
    assert plan.fingerprint != fitted(rows, segments=("zone",)).fingerprint
    assert plan.fingerprint == fitted(rows, metrics={"psi": {"threshold": 0.5}}, judge={"min_rows": 99}).fingerprint


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"target": "zon"}, "did you mean 'zone'"),
        ({"columns": {"zonne": {"kind": "text"}}}, "did you mean 'zone'"),
        ({"segments": ("nowhere",)}, "no column 'nowhere'"),
        ({"target": "x", "columns": {"x": {"role": "feature"}}}, "already the target"),
        ({"target": "zone", "score": "x", "positive": "z"}, "'z' is no value of 'zone'"),
    ],
)
def test_wrong_settings(rows, settings, words):
    """A column or value that is not there is named, with what is near."""
    with pytest.raises(ConfigError, match=words):
        fitted(rows, **settings)
