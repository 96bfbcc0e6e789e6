"""Golden bytes: what version 1 of the format wrote keeps loading, and dumps to the same bytes."""

import os
from pathlib import Path

import numpy as np
import polars as pl

from driftline import pack
from driftline.calibration import Calibration
from driftline.config import Config
from driftline.plan import ColumnPlan, Plan
from driftline.profile import Profile
from driftline.rows import Rows
from driftline.types import Cell, Column, Kind, Role, Side, Task

GOLDEN = Path(__file__).parent


def profile():
    """The profile of the golden rows."""
    made = Profile(golden_plan())
    made.absorb(Rows(golden_rows(), "parquet"))
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
            Column("zone", Kind.CATEGORICAL, Role.FEATURE, "String"), groups=np.arange(2), categories=("é", "b"),
            complete=True,
        ),
        ColumnPlan(
            Column("paid", Kind.BOOLEAN, Role.FEATURE, "Boolean"), groups=np.arange(2),
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
    side = Side("golden", 8, "1970-01-01T00:00:00", "1970-01-01T01:00:00", "parquet")
    cells = {Cell(): profile(), Cell(segment="zone=é"): Profile(plan)}
    return pack.save(path, plan, cells, side, Calibration({1: {"psi/fare": 0.25}}))


def kept(name, data):
    """The committed bytes; with DRIFTLINE_GOLDEN=write they are made anew, which a new format version asks for."""
    path = GOLDEN / name
    if os.environ.get("DRIFTLINE_GOLDEN") == "write":
        path.write_bytes(data)
    return path.read_bytes()


def test_golden_profile():
    """A profile of format 1 keeps loading, and the same rows give the same bytes."""
    plan, data = golden_plan(), profile().dump()
    expected = kept("profile-1.bin", data)
    assert expected == Profile.load(plan, expected).dump()
    assert expected == data


def test_golden_pack(tmp_path):
    """A pack of format 1 keeps loading, and saves to the same content."""
    made = golden_pack(tmp_path / "new.pack")
    expected = kept("pack-1.bin", made.read_bytes())
    (tmp_path / "old.pack").write_bytes(expected)
    plan, cells, side, calibration = pack.load(tmp_path / "old.pack")
    assert (golden_plan().fingerprint, "golden", {"psi/fare": 0.25}) == (
        plan.fingerprint, side.label, dict(calibration.of(86_400e6)),
    )  # fmt: skip
    assert profile().dump() == cells[Cell()].dump()
    assert [Cell(), Cell(segment="zone=é")] == sorted(cells)
    again = pack.save(tmp_path / "again.pack", plan, cells, side, calibration)
    assert made.read_bytes() == again.read_bytes()
