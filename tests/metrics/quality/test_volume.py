"""How many rows there are, against the hours of the reference."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from driftline.monitor import Monitor
from driftline.types import Level

HOUR = 3_600_000_000
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def days(count, seed, *, first=0, hourly=40.0, storm=()):
    """Days of Poisson rows an hour, half as many on weekends; on a day of `storm` a fifth."""
    random = np.random.default_rng(seed)
    hours = np.arange(first * 24, (first + count) * 24)
    usual = np.where(hours // 24 % 7 >= 5, hourly / 2, hourly) * random.lognormal(0, 0.05, count).repeat(24)
    rows = random.poisson(np.where(np.isin(hours // 24, list(storm)), usual / 5, usual))
    at = int(MONDAY.timestamp() * 1e6) + hours.repeat(rows) * HOUR + random.integers(0, HOUR, rows.sum())
    return pl.DataFrame({"x": random.normal(size=at.size), "at": pl.Series(at).cast(pl.Datetime("us"))})


def level(monitor, rows, day):
    """What is said of the number of rows on a day."""
    window = MONDAY + timedelta(days=day), MONDAY + timedelta(days=day + 1)
    return next(each.level for each in monitor.check(rows, window=window).verdicts if each.metric == "volume")


@pytest.mark.parametrize("storm", [(), (12,), (12, 22)])
def test_a_storm_in_the_reference_does_not_hide_the_next(storm):
    """Two fifths of the usual rows alert on each day of a week, and usual days say nothing, whatever was before."""
    monitor = Monitor.fit(days(35, 1, storm=storm), timestamp="at")
    week = [days(1, 10 + day, first=35 + day) for day in range(7)]
    assert [Level.OK] * 7 == [level(monitor, rows, 35 + day) for day, rows in enumerate(week)]
    halves = [rows.sample(fraction=0.4, seed=1) for rows in week]
    assert [Level.ALERT] * 7 == [level(monitor, rows, 35 + day) for day, rows in enumerate(halves)]
