"""Columns derived of times, whatever type they are stored in."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from driftline.monitor import Monitor

START = datetime(2024, 1, 1, tzinfo=UTC)
TIMES = [START + timedelta(minutes=37 * i) for i in range(2000)]
STORED = {
    "times": TIMES,
    "text": [time.strftime("%Y-%m-%dT%H:%M:%SZ") for time in TIMES],
    "seconds": [int(time.timestamp()) for time in TIMES],
}


@pytest.mark.parametrize("stored", STORED)
def test_hour_and_weekday(stored):
    """Hour and weekday of times, of ISO text and of seconds since 1970 are what Python says; weekdays have names."""
    frame = pl.DataFrame({"at": STORED[stored], "x": range(2000)})
    result = Monitor.fit(frame, timestamp="at").check(frame[:1000])
    drawn = {
        one.column.name: {bar.label: bar.current for bar in one.bars if bar.current} for one in result.distributions
    }
    hours, days = [str(time.hour) for time in TIMES[:1000]], [f"{time:%a}" for time in TIMES[:1000]]
    assert {day: days.count(day) / 1000 for day in days} == pytest.approx(drawn["at.weekday"])
    shown = {hour: share for hour, share in drawn["at.hour"].items() if hour.isdigit()}
    assert {hour: hours.count(hour) / 1000 for hour in shown} == pytest.approx(shown)
    assert len(shown) >= 10


def test_json_lines(tmp_path):
    """Dates in JSON lines are text, and have an hour all the same."""
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f'{{"at": "{at}", "x": {i}}}\n' for i, at in enumerate(STORED["text"])))
    names = [column.name for column in Monitor.fit(path, timestamp="at").check(path).columns]
    assert {"at.hour", "at.weekday"} <= set(names)


def test_dates_without_a_clock():
    """Of text that tells days only, nothing is derived: the hour would be 0 throughout."""
    frame = pl.DataFrame({"at": [str(time.date()) for time in TIMES], "x": range(2000)})
    assert [] == [name for name in Monitor.fit(frame, timestamp="at").plan.by_name if "." in name]
