"""What is measured: everything, or only what is judged; and in windows, what is followed."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from driftline import registry
from driftline.monitor import Monitor
from driftline.profiles.fold import fold
from driftline.types import ProfileKey
from driftline.verdicts.measure import measure_metric
from driftline.windows import Windows

START = datetime(2024, 1, 1)  # noqa: DTZ001 - without a zone, as in most files
HOUR = 3600e6


def rows(n, seed, shift=0.0):
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": np.arange(n) + 1_000_000 * seed,
            "at": [START + timedelta(minutes=i) for i in range(n)],
            "x": random.normal(shift, 1, n),
            "kind": random.choice(["a", "b", "c"], n),
            "whole": random.integers(0, 9, n),
            "text": [f"no {i}" for i in range(n)],
        }
    )


def test_what_is_only_described_changes_no_verdict():
    """Without descriptions the judged verdicts are the same, and nothing else is measured but what is named."""
    now = rows(400, 2, shift=1.0)
    full = Monitor.fit(rows(400, 1)).check(now)
    plain = Monitor.fit(rows(400, 1), describe=False, metrics={"mean": {"enabled": True}}).check(now)
    assert [v for v in plain if v.judged] == [v for v in full if v.judged]
    assert {"mean"} == {v.metric for v in plain if not v.judged and v.column}
    assert len([v for v in full if not v.judged]) > len([v for v in plain if not v.judged])


@pytest.fixture(scope="module")
def windows():
    """A plan, and the profiles of a table and of its two windows, in which an onset could be looked for."""
    table = rows(120, 1)
    plan = Monitor.fit(table, id="id").plan
    start = (START - datetime(1970, 1, 1)).total_seconds() * 1e6  # noqa: DTZ001 - as above
    return plan, fold([table], plan, windows=Windows(start, HOUR, 2))


@pytest.mark.parametrize("name", [name for name, metric in registry.every("metrics").items() if metric.windowed])
def test_windows_have_what_windowed_metrics_read(windows, name):
    """Each metric that is followed over windows is the same on a window's profile as on one with all sketches."""
    plan, profiles = windows
    window = next(profile for key, profile in sorted(profiles.items()) if key.window)
    table = rows(120, 1)[:60]
    whole = fold([table], plan)[ProfileKey()]
    metric, reference = registry.every("metrics")[name], profiles[ProfileKey()]
    assert list(measure_metric(metric, plan, ProfileKey(), window, reference)) == list(
        measure_metric(metric, plan, ProfileKey(), whole, reference)
    )


def test_the_whole_has_all_sketches(windows):
    """The profile of all rows has the sketches that its windows lack, and counts each row once."""
    _, profiles = windows
    whole, window = profiles[ProfileKey()], next(p for key, p in sorted(profiles.items()) if key.window)
    assert {"Magnitudes", "Distinct", "Dtypes"} == whole.columns["x"].states.keys() - window.columns["x"].states.keys()
    assert "Distinct" in window.columns["id"].states
    assert 120 == sum(whole.columns["x"].states["Dtypes"].rows.values())
