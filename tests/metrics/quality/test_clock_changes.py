"""Clocks that change make no gap and no surplus, whatever is known of the zone; an outage beside them is told."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from driftline.alerts.watch import Watch
from driftline.errors import ConfigError
from driftline.monitor import Monitor
from driftline.types import Level

NEW_YORK = "America/New_York"


def place(times, how):
    """Local times of New York as a column: with their zone, in UTC without or with one, or as they are."""
    local = pl.Series("at", times.astype("datetime64[us]"))
    aware = local.dt.replace_time_zone(NEW_YORK, ambiguous="earliest", non_existent="null")
    utc = aware.dt.convert_time_zone("UTC")
    return {"zone": aware, "naive utc": utc.dt.replace_time_zone(None), "utc": utc, "local": local,
            "text": aware.dt.to_string("%Y-%m-%dT%H:%M:%S%:z")}[how]  # fmt: skip


def shop(start, days, how, hours=(9, 17), rows=300, seed=1):
    """Rows of some days from opening until closing."""
    random = np.random.default_rng([seed, days])
    day = np.arange(start, np.datetime64(start, "D") + days, dtype="datetime64[D]").repeat(rows)
    times = day.astype("datetime64[s]") + random.integers(hours[0] * 3600, hours[1] * 3600, day.size)
    at = place(np.sort(times), how)
    return pl.DataFrame([at, pl.Series("x", random.normal(size=at.len()))]).drop_nulls()


@cache
def opened(start, how, **settings):
    """A monitor of five weeks of such a shop."""
    return Monitor.fit(shop(start, 35, how), timestamp="at", **settings)


def volume_and_gap(result):
    """The levels of both."""
    return {each.metric: each.level for each in result if each.metric in {"gap", "volume"} and not each.segment}


@pytest.mark.parametrize(("start", "change"), [("2024-02-01", "2024-03-11"), ("2024-09-20", "2024-11-04")])
@pytest.mark.parametrize("how", ["zone", "naive utc", "utc", "local", "text"])
def test_a_shop_after_the_change(how, start, change):
    """Opening hours that clocks moved are no gap, in spring and autumn; where the zone is not known, that is told."""
    result = opened(start, how).check(shop(change, 7, how, seed=2))
    assert {"gap": Level.OK, "volume": Level.OK} == volume_and_gap(result)
    notes = [each.reason for each in result.notable if each.metric == "gap"]
    assert (how in {"naive utc", "utc", "text"}) == any("clocks that changed" in note for note in notes)


@pytest.mark.parametrize("how", ["zone", "naive utc", "local"])
def test_an_outage_after_the_change_is_told(how):
    """Four hours without rows are a gap, whatever clocks did."""
    rows = shop("2024-03-11", 7, how, seed=2)
    hour = 15 if how == "naive utc" else 11
    out = (rows["at"].dt.day() == 13) & rows["at"].dt.hour().is_between(hour, hour + 3)
    result = opened("2024-02-01", how).check(rows.filter(~out))
    assert Level.ALERT is volume_and_gap(result)["gap"]


@pytest.mark.parametrize(
    ("how", "settings", "noted"), [("zone", {}, False), ("local", {}, True), ("local", {"timezone": NEW_YORK}, False)]
)  # fmt: skip
def test_the_hour_that_does_not_exist(how, settings, noted):
    """Round the clock, the hour skipped in spring is no gap; without a zone it is told what it looks like."""
    monitor = Monitor.fit(shop("2024-02-01", 28, how, (0, 24), 1440), timestamp="at", **settings)
    spring = shop("2024-03-08", 5, how, (0, 24), 1440, seed=2)
    local = spring["at"].dt.replace_time_zone(None)
    skipped = (local.dt.day() == 10) & (local.dt.hour() == 2)
    result = monitor.check(spring.filter(~skipped))
    assert {"gap": Level.OK, "volume": Level.OK} == volume_and_gap(result)
    assert noted == any(each.metric == "gap" for each in result.notable)
    next_hour = (local.dt.day() == 10) & (local.dt.hour() == 4)
    assert Level.ALERT is volume_and_gap(monitor.check(spring.filter(~next_hour)))["gap"]


@pytest.mark.parametrize("settings", [{}, {"timezone": NEW_YORK}], ids=["unknown", "named"])
def test_the_hour_that_comes_twice(settings):
    """Local times have two hours' rows in one in autumn: no hour of that night has too many rows, or too few."""
    monitor = Monitor.fit(shop("2024-09-30", 14, "local", (0, 24), 1440), timestamp="at", **settings)
    night = shop("2024-11-03", 1, "local", (0, 4), 240, seed=2)
    twice = night.filter(pl.col("at").dt.hour() == 1)
    levels = [volume_and_gap(monitor.judge(each)) for each in monitor.windows(pl.concat([night, twice]), every="1h")]
    assert {Level.OK, Level.UNKNOWN} >= {level for each in levels for level in each.values()}


@pytest.mark.parametrize("how", ["zone", "local", "naive utc"])
def test_watched_by_days(how):
    """No day of the fortnight around the change opens anything, and days are local where the zone is known."""
    settings = {"timezone": NEW_YORK} if how == "local" else {}
    monitor = opened("2024-02-01", how, **settings)
    outcomes = Watch(monitor).over(shop("2024-03-07", 14, how, seed=2), every="1d")
    assert [300] * 14 == [outcome.result.current.rows for outcome in outcomes]
    assert () == tuple(incident for outcome in outcomes for incident in outcome.incidents)
    zone = UTC if how == "naive utc" else ZoneInfo(NEW_YORK)
    starts = [datetime.fromisoformat(outcome.result.current.start).replace(tzinfo=UTC) for outcome in outcomes]
    assert {0} == {start.astimezone(zone).hour for start in starts[1:]}


def test_a_zone_is_kept_in_the_pack(tmp_path):
    """A monitor that was saved has the same local days."""
    monitor = opened("2024-02-01", "local", timezone=NEW_YORK)
    loaded = Monitor.load(monitor.save(tmp_path / "m.pack"))
    assert NEW_YORK == loaded.plan.zone == loaded.reference.baseline.zone
    assert "2024-02-01T14" == loaded.reference.dataset.start[:13]


def test_hours_of_the_day_are_local():
    """Derived hours are those of the zone that is named, for instants in UTC as for texts."""
    for how in ("utc", "text"):
        monitor = Monitor.fit(shop("2024-02-01", 3, how), timestamp="at", timezone=NEW_YORK)
        assert {str(hour) for hour in range(9, 17)} == set(monitor.plan.by_name["at.hour"].categories)


def test_a_zone_that_is_none():
    """A misspelt zone is refused in words."""
    with pytest.raises(ConfigError, match="no time zone is called 'New York'"):
        Monitor.fit(shop("2024-02-01", 3, "local"), timestamp="at", timezone="New York")
