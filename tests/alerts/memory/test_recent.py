"""Volume over the last day: what hours hide adds up, told once with the hour in which it began."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from driftline.alerts.memory.recent import RecentRows
from driftline.alerts.watch import Watch
from driftline.monitor import Monitor
from driftline.profiles import codec
from driftline.profiles.profile import Profile
from driftline.types import ProfileKey
from driftline.windows import HOUR, Window

MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - rows without a zone are UTC
ONLY = {name: {"enabled": False} for name in ("gap", "freshness", "duplicate_rows")}


def table(days, seed, *, first=0, parts=((0, 1.0),), hourly=12.0):
    """Poisson rows by hour, from some hours on another part of the usual ones."""
    random = np.random.default_rng(seed)
    part = np.ones(24 * days)
    for hour, own in parts:
        part[hour:] = own
    hours = np.arange(24 * days).repeat(random.poisson(hourly * part))
    at = pl.Series((hours * HOUR + random.integers(0, int(HOUR), hours.size)).astype(np.int64))
    return pl.DataFrame({"at": MONDAY + timedelta(days=first) + at.cast(pl.Duration("us"))})


@pytest.fixture(scope="module")
def monitor():
    return Monitor.fit(table(28, 1), timestamp="at", stream={"every": "3h"}, metrics=ONLY, derive=False)


def test_a_fall_that_no_window_shows_adds_up(monitor):
    """A fall to 45 % for two days: one incident, told within a day, that began in the right hours, and ends."""
    rows = table(6, 2, first=28, parts=((30, 0.45), (78, 1.0)))
    outcomes = Watch(monitor).over(rows, every="1h")
    incidents = {one.id: one for outcome in outcomes for one in outcome.incidents}
    (incident,) = incidents.values()
    assert "volume" == incident.metric
    assert "2024-01-30T06:00:00" < incident.opened <= "2024-01-31T06:00:00"
    assert incident.earliest <= "2024-01-30T06:00:00" <= incident.latest
    assert "2024-02-01T06:00:00" < incident.closed
    assert "in the last 24 hours" in incident.reason


@pytest.mark.parametrize(("every", "days"), [("15m", 1), ("1h", 3)])
def test_quiet_hours_tell_nothing(monitor, every, days):
    """Rows as many as they always were tell nothing, by hours and by windows within an hour."""
    assert [] == [one for each in Watch(monitor).over(table(days, 3, first=28), every=every) for one in each.incidents]


def test_an_outage_within_an_hour_is_told_by_the_minute():
    """Half an hour without rows is a gap of 30 minutes, not of an hour."""
    busy = Monitor.fit(table(14, 1, hourly=600.0), timestamp="at", derive=False)
    rows = table(1, 4, first=14, hourly=600.0).filter(
        ~pl.col("at").dt.strftime("%H:%M").is_between(pl.lit("10:00"), pl.lit("10:29"))
    )
    outcomes = Watch(busy).over(rows.filter(pl.col("at").dt.hour().is_between(9, 11)), every="30m")
    gaps = [each.reason for outcome in outcomes for each in outcome.result if each.metric == "gap" and each.value]
    assert ["gap in time: no rows for 30 minutes (Mon 15 Jan 10:00 to 10:30), about 290 expected"] == gaps


def test_a_hole_begins_anew(monitor):
    """A day counts only where it is known without a hole; the state goes through the codec."""
    recent, empty = RecentRows(), Profile(monitor.plan)
    for hour in (*range(5), *range(6, 30)):
        assert recent.day(empty) is None
        recent.add(Window(hour * HOUR, (hour + 1) * HOUR), empty)
    again = RecentRows.from_state(codec.unpack(codec.pack(recent.state())))
    assert (recent, Window(6 * HOUR, 30 * HOUR)) == (again, again.day(empty).window)


def test_the_state_goes_on(monitor):
    """Half the windows, the state through the codec, and the other half give what all windows give."""
    windows = list(monitor.windows(table(3, 2, first=28, parts=((20, 0.4),)), every="3h"))
    whole, first = Watch(monitor), Watch(monitor)
    expected = [whole.judge(window).incidents for window in windows]
    found = [first.judge(window).incidents for window in windows[:8]]
    second = Watch.from_state(monitor, codec.unpack(codec.pack(first.state())))
    assert expected == found + [second.judge(window).incidents for window in windows[8:]]
    assert any(expected)
    assert ProfileKey() in windows[0].profiles
