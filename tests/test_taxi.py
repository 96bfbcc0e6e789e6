"""Real taxi months: what changed is told, what did not is quiet."""

import os
from pathlib import Path

import polars as pl
import pytest

from driftline.monitor import Monitor
from driftline.types import Level

REFERENCES, CHECKS = 5, 4


@pytest.fixture(scope="module")
def month():
    """Gives the path of one month."""
    named = os.environ.get("DRIFTLINE_TAXI_DATA")
    if not named:
        pytest.skip(
            "DRIFTLINE_TAXI_DATA is not set: it names the folder with green_tripdata_2022-01.parquet and others"
        )

    def of(name):
        path = Path(named) / f"green_tripdata_{name}.parquet"
        if not path.is_file():
            pytest.skip(f"DRIFTLINE_TAXI_DATA={named} has no {path.name}")
        return path

    return of


@pytest.fixture(scope="module")
def january(month):
    """A monitor of January 2022."""
    return Monitor.fit(month("2022-01"))


def alerts(result):
    """What alerts, by column."""
    return {v.column or v.metric: v.reason for v in result if v.level is Level.ALERT}


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 1000, 5000])
def test_parts_of_january(month, n):
    """Of random parts of one month at most one in twenty raises an alert, compared with another part."""
    rows = pl.read_parquet(month("2022-01"))
    loud = []
    for seed in range(REFERENCES):
        first, *others = rows.sample((1 + CHECKS) * n, shuffle=True, seed=seed).iter_slices(n)
        monitor = Monitor.fit(first, window="none", describe=False)
        loud += [found for part in others if (found := alerts(monitor.check(part)))]
    assert len(loud) <= 1, loud


def test_next_month_is_quiet(january, month):
    """February 2022 is like January 2022."""
    assert {} == alerts(january.check(month("2022-02")))


def test_always_null_and_2009(january, month):
    """The column that is always null and the date of 2009 are told, and judged ok."""
    told = {(v.metric, v.column): v.reason for v in january.check(month("2022-02")).notable}
    assert ("constant", "ehail_fee") in told
    told |= {(v.metric, v.column): v.reason for v in january.check(month("2022-01")).notable}
    assert "2009" in " ".join(reason for (metric, _), reason in told.items() if metric == "stray_dates")


def test_types_of_2023(month):
    """The types that changed in February 2023 are named, one by one, and harmless: every value survives."""
    found = Monitor.fit(month("2023-01")).check(month("2023-02"))
    changed = {v.column: v for v in found if v.metric == "type_changed" and v.notable}
    was, now = (pl.read_parquet_schema(month(name)) for name in ("2023-01", "2023-02"))
    assert {name for name in was if was[name] != now[name]} == changed.keys()
    assert 8 == len(changed)
    assert {Level.OK} == {v.level for v in changed.values()}
