"""Golden bytes: what version 1 of the format wrote keeps loading, and dumps to the same bytes."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from driftline.config.budget import DAY
from driftline.config.settings import Config
from driftline.errors import PackError
from driftline.monitor import Monitor
from driftline.profiles import codec
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.profile import NoSketchError, Profile
from driftline.profiles.sketches.bins import Bins
from driftline.stores import pack
from driftline.types import Column, Dataset, Kind, ProfileKey, Role, SeriesKey, Task
from driftline.verdicts.baseline import Baseline
from driftline.verdicts.seasons import WindowKind
from driftline.verdicts.sides import Reference
from driftline.verdicts.tolerance import BaselineStats
from driftline.windows import Window

GOLDEN = Path(__file__).parent
PSI = SeriesKey("psi", "fare")


def profile():
    """The profile of the golden rows."""
    made = Profile(golden_plan())
    made.absorb(Batch(golden_rows(), "parquet"))
    return made


def golden_plan():
    """A plan from fixed numbers."""
    columns = (
        ColumnPlan(
            Column("fare", Kind.NUMERIC, Role.TARGET, "Float64"), np.array([0.0, 5.0, 10.0]),
            np.array([0, 0, 0, 1, 1, 2, 2]), center=5.0, scale=2.5, minimum=0.0, maximum=10.0, core=(0.0, 10.0),
        ),
        ColumnPlan(
            Column("guess", Kind.NUMERIC, Role.PREDICTION, "Float64"), np.array([5.0]), np.array([0, 1, 2]), center=5.0,
        ),
        ColumnPlan(
            Column("zone", Kind.CATEGORICAL, Role.FEATURE, "String"), groups=np.arange(3), categories=("é", "b"),
            complete=True,
        ),
        ColumnPlan(
            Column("paid", Kind.BOOLEAN, Role.FEATURE, "Boolean"), groups=np.arange(3),
            categories=("true", "false"), complete=True,
        ),
        ColumnPlan(
            Column("at", Kind.DATETIME, Role.TIMESTAMP, "Datetime"), np.array([0.0, 3.6e9]), np.zeros(5, np.int64),
        ),
        ColumnPlan(Column("id", Kind.TEXT, Role.ID, "Int64", guessed=False)),
    )  # fmt: skip
    return Plan(Config(target="fare", prediction="guess", segments=("zone",)), Task.REGRESSION, columns, "parquet")


def golden_rows():
    """Rows whose sums are exact in binary."""
    return pl.DataFrame(
        {
            "fare": [0.0, 5.0, 2.5, float("nan"), float("inf"), None, 10.0, 64.0],
            "guess": [1.0, 5.0, 2.0, 1.0, 1.0, 1.0, 8.0, None],
            "zone": ["é", "b", "b", "new", None, "é", "é", "é"],
            "paid": [True, False, None, True, True, True, True, True],
            "at": pl.Series([0, 1, 3_600_000_000, None, 5, 6, 7, 8], dtype=pl.Int64).cast(pl.Datetime("us")),
            "id": [1, 2, 2, 3, 4, 5, 6, 7],
        }
    )


def golden_pack(path):
    """A pack of the golden rows."""
    plan = golden_plan()
    dataset = Dataset("golden", 8, "1970-01-01T00:00:00", "1970-01-01T01:00:00", "parquet")
    profiles = {ProfileKey(): profile(), ProfileKey(segment="zone=é"): Profile(plan)}
    stats = {WindowKind(DAY): {PSI: BaselineStats(0.25, 0.1, 0.05, 0.2, 14)}}
    return pack.save(path, Reference(plan=plan, profiles=profiles, dataset=dataset, baseline=Baseline(stats)))


def kept(name, data):
    """The committed bytes; with DRIFTLINE_GOLDEN=write they are made anew, which a new format version asks for."""
    path = GOLDEN / name
    if os.environ.get("DRIFTLINE_GOLDEN") == "write":
        path.write_bytes(data)
    return path.read_bytes()


def dumps(reference):
    """Bytes of each profile."""
    return {key: part.dump() for key, part in reference.profiles.items()}


def states(of):
    """Bytes of each sketch, by where it is."""
    places = [("", of.states), *((name, column.states) for name, column in of.columns.items())]
    return {(name, key): codec.pack(sketch.state()) for name, found in places for key, sketch in found.items()}


def assert_close(expected, found):
    """Two states as plain values: floats agree to 1e-12, all else is equal."""
    if isinstance(expected, dict):
        assert expected.keys() == found.keys()
        for key, value in expected.items():
            assert_close(value, found[key])
    elif isinstance(expected, np.ndarray) and expected.dtype == np.float64:
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    elif isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(found, expected)
    else:
        assert (pytest.approx(expected, rel=1e-12, nan_ok=True) if isinstance(expected, float) else expected) == found


def test_profile():
    """A profile of format 1 keeps loading and dumping to its bytes; the same rows give the same states.

    Integers are the same; logarithms are so to the last bits only, for each processor has its own. A sketch that came
    later is not in it; one that is in it stays.
    """
    expected = kept("profile-1.bin", profile().dump())
    old, now = Profile.load(golden_plan(), expected), states(profile())
    assert expected == old.dump()
    for place, state in states(old).items():
        assert_close(codec.unpack(state), codec.unpack(now[place]))
    assert 25 <= len(states(old))


def test_later_sketch():
    """A profile that lacks a later sketch merges, and keeps what both sides have."""
    now, old = profile(), profile()
    del old.states["Regression"], old.columns["fare"].states["Bins"]
    for both in (now.merge(old), old.merge(now)):
        assert states(old).keys() == states(both).keys()
        assert 16 == both.rows
    with pytest.raises(NoSketchError):
        old.columns["fare"].get(Bins)


def test_pack(tmp_path):
    """A pack of format 1 keeps loading, judges, and saves to the same content."""
    (tmp_path / "old.pack").write_bytes(kept("pack-1.bin", golden_pack(tmp_path / "new.pack").read_bytes()))
    old = pack.load(tmp_path / "old.pack")
    assert (golden_plan().fingerprint, "golden", {PSI: 0.25}) == (
        old.plan.fingerprint, old.dataset.label, old.baseline.tolerances_of(Window(0.0, DAY)),
    )  # fmt: skip
    assert [ProfileKey(), ProfileKey(segment="zone=é")] == sorted(old.profiles)
    again = pack.load(pack.save(tmp_path / "again.pack", old))
    assert codec.pack(old.plan.state()) == codec.pack(again.plan.state())
    assert dumps(old) == dumps(again)
    found = Monitor.load(tmp_path / "old.pack").check(golden_rows())
    assert {"ok", "unknown"} >= {verdict.level.value for verdict in found}


def test_strange_sketch():
    """A profile of a version that knows more sketches is refused in words."""
    data = profile().dump().replace(b"\xaaRegression", b"\xaaProgession")
    with pytest.raises(PackError, match="holds Progession, which this version does not know"):
        Profile.load(golden_plan(), data)
