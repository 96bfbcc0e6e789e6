"""Settings tried on history: what would have been told, beside what is told where nothing changed."""

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline.alerts.rehearsal import rehearse
from driftline.cli.main import main
from driftline.monitor import Monitor

DAY = 86_400_000_000


def table(days, seed, *, first=0, shift=0.0):
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), 100)
    at = (first + day) * DAY + random.integers(0, DAY, day.size)
    return pl.DataFrame({"x": random.normal(size=day.size) + shift * (day >= days // 2)}).with_columns(
        at=pl.Series(at).cast(pl.Datetime("us"))
    )


@pytest.fixture(scope="module")
def rows():
    return table(21, 1), table(8, 2, first=21, shift=2.0)


def test_incidents_beside_false_alarms(rows):
    """One incident on the rows with a step; on the reference in shuffled orders, no more than the budget allows."""
    past, now = rows
    outcome = rehearse(Monitor.fit(past, timestamp="at"), past, now, shuffles=2)
    assert [("x", "1970-01-26")] == [(incident.column, incident.since[:10]) for incident in outcome.incidents]
    assert (8, 42) == (outcome.windows, round(outcome.quiet_days))
    assert outcome.false_alarms <= 2


def test_command(rows, tmp_path):
    """The command tells both, and refuses a pack, whose settings are frozen."""
    paths = [str(tmp_path / name) for name in ("past.parquet", "now.parquet")]
    for path, part in zip(paths, rows, strict=True):
        part.write_parquet(path)
    arguments = ["rehearse", *paths, "--timestamp", "at", "--shuffles", "1"]
    outcome = CliRunner().invoke(main, arguments)
    assert 0 == outcome.exit_code
    assert "would have opened 1 incident in 8 windows of 1d" in outcome.output
    assert "the budget is 1 per 30 days" in " ".join(outcome.output.split())
    pack = Monitor.fit(rows[0], timestamp="at").save(tmp_path / "m.pack")
    assert 2 == CliRunner().invoke(main, ["rehearse", str(pack), paths[1]]).exit_code
