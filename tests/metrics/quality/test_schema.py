"""Renamed columns, and the age of the newest row."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from driftline.monitor import Monitor
from driftline.types import Level

START = datetime(2024, 1, 1)  # noqa: DTZ001 - naive on purpose: UTC is meant


@pytest.mark.parametrize(
    ("old", "new", "likely"),
    [("trip_distance", "TripDistance", True), ("fare", "fare_amount", True), ("fare", "tip", False)],
)
def test_renamed(numbers, old, new, likely):
    """A column that comes under a like name is one alert, renamed; another one is gone, and the new one added."""
    rows = np.random.default_rng(0).normal(size=200)
    check = numbers({old: rows, "x": rows}, {new: rows, "x": rows})
    verdict = check("column_renamed")
    assert (float(likely), Level.ALERT if likely else Level.OK) == (verdict.value, verdict.level)
    assert likely == (f"{old!r} to {new!r}" in verdict.reason)
    assert (1 - likely, 1 - likely) == (check("column_gone", old).value, check("columns_added").value)


def test_index_of_pandas_is_not_added(numbers):
    """An index without a name that comes with the rows is no new column."""
    assert 0.0 == numbers({"x": range(100)}, {"x": range(100), "Unnamed: 0": range(100)})("columns_added").value


def test_renamed_to_another_type(numbers):
    """A column of a like name and another type is not taken for the one that is gone."""
    verdict = numbers({"fare": [1.5, 2.5] * 50, "x": range(100)}, {"fare_": ["a", "b"] * 50, "x": range(100)})
    assert 0.0 == verdict("column_renamed").value


def test_renamed_in_a_file_without_types(tmp_path):
    """A new column of a CSV file is text, whatever it holds: its name alone says what it was."""
    rows = pl.DataFrame({"age": range(100), "job": ["a", "b"] * 50})
    rows.write_csv(tmp_path / "a.csv")
    rows.rename({"age": "Age"}).write_csv(tmp_path / "b.csv")
    (finding,) = Monitor.fit(tmp_path / "a.csv").check(tmp_path / "b.csv").findings
    assert finding.lead.reason.endswith("'age' to 'Age', a guess")


def test_one_pair_each(numbers):
    """Each column is paired once, the most alike first."""
    rows = list(range(100))
    check = numbers(
        {"fare_amount": rows, "tip_amount": rows, "x": rows}, {"fareamount": rows, "tipamount": rows, "x": rows}
    )
    renamed = check("column_renamed").detail["renamed"]
    assert {"fare_amount": "fareamount", "tip_amount": "tipamount"} == renamed


def hourly(hours, start=START):
    return pl.DataFrame({"at": [start + timedelta(minutes=10 * i) for i in range(6 * hours)], "x": range(6 * hours)})


@pytest.mark.parametrize(("hours", "level"), [(24, Level.OK), (22, Level.OK), (12, Level.ALERT)])
def test_freshness(hours, level):
    """Where a window is named and its last hours are empty, the newest row is too old, and its age is exact."""
    monitor = Monitor.fit(hourly(24 * 14), timestamp="at")
    first = START + timedelta(days=14)
    window = (first.replace(tzinfo=UTC), (first + timedelta(days=1)).replace(tzinfo=UTC))
    (verdict,) = (v for v in monitor.check(hourly(hours, first), window=window) if v.metric == "freshness")
    assert level == verdict.level
    assert pytest.approx(24 - hours + 1 / 6) == verdict.value


def test_freshness_without_window():
    """Where no window is named nothing says when the rows should end, so their age is not taken."""
    monitor = Monitor.fit(hourly(24 * 14), timestamp="at")
    assert "freshness" not in {verdict.metric for verdict in monitor.check(hourly(24))}


def test_late_rows_of_earlier_days(numbers):
    """A few rows of the days before, or after, do not stretch the time that the rows stand for: nothing lacks there."""
    first = START + timedelta(days=14)
    late = [first + timedelta(hours=21 * i) for i in range(-7, 0)] + [first + timedelta(days=7, hours=30)]
    rows = pl.concat([hourly(24 * 7, first), pl.DataFrame({"at": late, "x": range(8)})])
    found = numbers(hourly(24 * 14), rows, timestamp="at")
    assert 0.0 == found("gap").value
    assert pytest.approx(1.0, abs=0.01) == found("volume").value
    middle = rows.filter((pl.col("at") < first + timedelta(days=3)) | (pl.col("at") >= first + timedelta(days=4)))
    assert Level.ALERT is numbers(hourly(24 * 14), middle, timestamp="at")("gap").level


@pytest.mark.parametrize(("late", "level"), [(1, Level.OK), (12, Level.ALERT)])
def test_freshness_now(late, level):
    """Without a window, rows are to reach up to the time that is called now; rows from after it do not count."""
    monitor = Monitor.fit(hourly(24 * 14), timestamp="at")
    first = START + timedelta(days=14)
    now = first + timedelta(hours=24 + late)
    rows = pl.concat([hourly(24, first), hourly(1, now + timedelta(hours=5))])
    (verdict,) = (v for v in monitor.check(rows, now=now) if v.metric == "freshness")
    assert level == verdict.level
    assert late <= verdict.value <= late + 1 / 6 + 1e-9
    (verdict,) = (v for v in monitor.check(hourly(24, now), now=now) if v.metric == "freshness")
    assert (None, Level.UNKNOWN) == (verdict.value, verdict.level)


def test_no_row_in_the_window():
    """Rows from before the window count as none: the age is the whole window."""
    monitor = Monitor.fit(hourly(24 * 14), timestamp="at")
    first = (START + timedelta(days=20)).replace(tzinfo=UTC)
    result = monitor.check(hourly(24), window=(first, first + timedelta(days=1)))
    (verdict,) = (v for v in result if v.metric == "freshness")
    assert (24.0, Level.ALERT) == (verdict.value, verdict.level)
