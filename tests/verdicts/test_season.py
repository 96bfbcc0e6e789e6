"""A day is compared with its weekday's days, where the reference's weekdays differ."""

import numpy as np
import polars as pl
import pytest

from driftline.alerts.watch import Watch
from driftline.monitor import Monitor
from driftline.types import Level

DAY = 86_400_000_000
MONDAY = 4  # 1970-01-05


def table(days, random, *, first=MONDAY, weekend=2.0, shift=0.0):
    """Days of 200 rows; at weekends the number is another one."""
    day = first + np.repeat(np.arange(days), 200)
    x = random.normal(size=day.size) + weekend * ((day - MONDAY) % 7 >= 5) + shift
    at = pl.Series(day * DAY + random.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    return pl.DataFrame({"x": x, "y": random.normal(size=day.size), "at": at})


def known(monitor):
    return sorted(season.name for season in monitor.reference.baseline.seasons)


def test_found_where_there_is_one(tmp_path):
    """Seven weekdays are kept where they differ, in the pack too; none where they do not, or when told so."""
    random = np.random.default_rng(1)
    rows = table(28, random)
    monitor = Monitor.fit(rows, timestamp="at")
    assert [f"weekday/{day}" for day in range(7)] == known(monitor)
    assert known(monitor) == known(Monitor.load(monitor.save(tmp_path / "m.pack")))
    assert [] == known(Monitor.fit(rows, timestamp="at", season="none"))
    assert [] == known(Monitor.fit(table(28, random, weekend=0.0), timestamp="at", derive=False))
    assert [] == known(Monitor.fit(table(13, random), timestamp="at"))


def test_a_sunday_is_no_drift():
    """Three weeks like the reference's open nothing."""
    random = np.random.default_rng(2)
    watch = Watch(Monitor.fit(table(28, random), timestamp="at"))
    assert 0 == sum(len(outcome.opened) for outcome in watch.over(table(21, random, first=MONDAY + 28)))


def test_what_is_constant_each_weekend_is_usual():
    """A column that the reference's own weekends do not vary in may be constant at a weekend, not on a Monday."""
    random = np.random.default_rng(4)

    def surcharge(rows, *, on):
        weekend = (pl.col("at").dt.weekday() >= 6) | on
        return rows.with_columns(extra=pl.when(weekend).then(0.0).otherwise(pl.int_range(pl.len()) % 3))

    monitor = Monitor.fit(surcharge(table(28, random), on=False), timestamp="at", describe=False)
    week = surcharge(table(7, random, first=MONDAY + 28), on=pl.col("at").dt.weekday() == 1)
    verdicts = [
        verdict for window in monitor.windows(week, every="1d") for verdict in monitor.judge(window)
        if (verdict.metric, verdict.column) == ("constant", "extra")
    ]  # fmt: skip
    assert [Level.ALERT, *[Level.OK] * 6] == [verdict.level for verdict in verdicts]


@pytest.mark.parametrize(("season", "level"), [("auto", Level.ALERT), ("none", Level.OK)])
def test_power(season, level):
    """A Monday that looks like a Sunday stands out against Mondays only."""
    random = np.random.default_rng(3)
    monitor = Monitor.fit(table(28, random), timestamp="at", season=season)
    assert level is monitor.check(table(1, random, first=MONDAY + 28, shift=2.0)).level
