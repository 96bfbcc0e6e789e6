"""Pictures: bars of both sides over the same values, which sum to all rows."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from driftline.monitor import Monitor

RANDOM = np.random.default_rng(4)
COLUMNS = {
    "normal": RANDOM.normal(5, 2, 2000), "heavy": RANDOM.standard_cauchy(2000), "few": RANDOM.integers(0, 5, 2000),
    "constant": [7.0] * 2000, "many": RANDOM.choice([f"c{i}" for i in range(50)], 2000),
    "flag": RANDOM.random(2000) < 0.1, "holes": [None, 1.5] * 1000, "odd": [np.nan, np.inf, -np.inf, 1.0] * 500,
    "empty": pl.Series([None] * 2000, dtype=pl.Float64),
    "at": pl.Series(RANDOM.integers(0, 10**14, 2000)).cast(pl.Datetime("us")),
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn():
    """Bars by column."""
    frame = pl.DataFrame(COLUMNS)
    current = frame[:500].with_columns(pl.col("normal") * 3, pl.lit("new").alias("many"))
    return {each.column.name: each.bars for each in Monitor.fit(frame).check(current).distributions}


@pytest.mark.parametrize("name", COLUMNS)
def test_bars_are_all_rows(drawn, name):
    """The bars of each side sum to its rows, none is negative, and they are few."""
    bars = drawn[name]
    assert 2 <= len(bars) <= 30 or name in {"constant", "empty"}
    for side in ("reference", "current"):
        shares = [getattr(bar, side) for bar in bars]
        assert min(shares) >= 0
        assert pytest.approx(1, abs=1e-9) == sum(shares)


def test_special(drawn):
    """Missing, NaN, infinite and new values are bars of their own."""
    special = {
        name: {bar.label: (bar.reference, bar.current) for bar in bars if bar.special} for name, bars in drawn.items()
    }
    assert {"missing": (0.5, 0.5)} == special["holes"]
    assert {"NaN": (0.25, 0.25), "infinite": (0.5, 0.5)} == special["odd"]
    assert {"new values": (0.0, 1.0)} == special["many"]
    assert {} == special["normal"]


def test_hours_and_weekdays_are_in_their_order():
    """All hours stand in the order of the day, and the days of the week from Monday on, whichever is most frequent."""
    at = pl.datetime(2024, 1, 3) + pl.duration(minutes=pl.int_range(60 * 24 * 14, eager=True).shuffle(1))
    frame = pl.select(at=at, x=pl.lit(1.0))
    bars = {chart.column.name: chart.bars for chart in Monitor.fit(frame).check(frame).distributions}
    assert [str(hour) for hour in range(24)] == [bar.label for bar in bars["at.hour"]]
    assert ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] == [bar.label for bar in bars["at.weekday"]]


def test_bounds(drawn):
    """Numeric bars are in order, without gaps; the labels of dates are dates."""
    bars = drawn["normal"]
    for left, right in pairwise(bars):
        assert left.high == right.low
    assert all("197" in bar.label for bar in drawn["at"])


def test_shares_of_a_few_values(drawn):
    """Where values are few, each is a bar with its exact share."""
    counts = np.bincount(COLUMNS["few"]) / 2000
    assert counts.tolist() == [bar.reference for bar in drawn["few"]]


def test_bars_begin_at_round_numbers():
    """Whole numbers have bars of as many whole numbers each, so evenly spread ones make an even picture."""
    ages = np.tile(np.arange(17, 72), 40)
    (drawn,) = Monitor.fit(pl.DataFrame({"age": ages})).check(pl.DataFrame({"age": ages})).distributions
    inner = [bar for bar in drawn.bars if bar.low is not None and bar.high is not None][1:-1]
    assert {3.0} == {bar.high - bar.low for bar in inner}
    assert [3 / 55] * len(inner) == pytest.approx([bar.reference for bar in inner])


def test_times_after_the_reference():
    """Rows after the reference's last day are drawn on their days, by the hour; of another column in one bar."""
    days = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=1) * i for i in range(24 * 60)]
    frame = pl.DataFrame({"at": days, "x": np.arange(24.0 * 60)})
    result = Monitor.fit(frame[:720], timestamp="at").check(frame[720:][: 24 * 20].vstack(frame[-48:]))
    at, x = (next(one.bars for one in result.distributions if one.column.name == name) for name in ("at", "x"))
    counted = {}
    for day in [*days[720:][: 24 * 20], *days[-48:]]:
        counted |= {bar.label: counted.get(bar.label, 0) + 1 for bar in at if _within(day, bar)}
    assert counted == {bar.label: round(bar.current * 528) for bar in at if bar.current}
    assert [1] == [len([bar for bar in x if bar.current > 0.02])]


def _within(day, bar):
    low, high = (-np.inf if bar.low is None else bar.low, np.inf if bar.high is None else bar.high)
    return low <= day.timestamp() * 1e6 < high
