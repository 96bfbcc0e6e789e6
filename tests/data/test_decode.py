"""Any value of any type is a number, a label, or missing; none makes its column fail."""

from datetime import date

import polars as pl
import pytest

from driftline.data.decode import as_labels, as_numbers
from driftline.monitor import Monitor
from driftline.types import Kind, Role
from driftline.windows import iso

_DAYS = pl.Series("x", [2**31 - 2, -(2**31), 0], pl.Int32).cast(pl.Date)
_TIMES = pl.Series("x", [2**63 - 1, -(2**63) + 1, 0], pl.Int64).cast(pl.Datetime("us"))
_SPANS = pl.Series("x", [2**63 - 1, -(2**63) + 1, 0], pl.Int64).cast(pl.Duration("ms"))
EXTREME = {
    "dates": _DAYS, "times": _TIMES, "times with zone": _TIMES.dt.replace_time_zone("UTC"), "durations": _SPANS,
    "lists of dates": _DAYS.reshape((3, 1)).arr.to_list(), "arrays of times": _TIMES.reshape((3, 1)),
    "structs": pl.DataFrame([_DAYS.alias("a"), _TIMES.alias("*"), _SPANS.alias("c")]).to_struct("x"),
    "lists of structs": pl.DataFrame([_TIMES.alias("a")]).to_struct("x").implode().list.eval(pl.element()),
    "bytes": pl.Series("x", [b"\xff", b"", None]), "nulls": pl.Series("x", [None, None, None]),
}  # fmt: skip


@pytest.mark.parametrize("series", EXTREME.values(), ids=EXTREME)
@pytest.mark.parametrize("kind", list(Kind))
def test_extreme_values(series, kind):
    """What lies beyond Python's calendar, nested at any depth, is read like any other value."""
    assert series.len() == as_numbers(series, kind).len()
    labels = as_labels(series, kind)
    assert (series.len(), pl.String) == (labels.len(), labels.dtype)
    assert series.null_count() == labels.null_count()


def test_times_in_lists_are_whole_numbers():
    """The text of a nested time hangs on its type alone, not on its neighbours."""
    days = pl.Series([[date(1970, 1, 2)], []])
    assert ["[1]", "[]"] == as_labels(days, Kind.CATEGORICAL).to_list()


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ([20240131, 20240201], "2024-01-31T00:00:00"),
        ([19580329.0, 19580330.0], "1958-03-29T00:00:00"),
        ([1_700_000_000, 1_700_000_060], "2023-11-14T22:13:20"),
        ([1_700_000_000_000, 1_700_000_060_000], "2023-11-14T22:13:20"),
    ],
)
def test_numbers_that_tell_times(values, first):
    """Dates and times that are written as numbers are the same whether they come as numbers or as text."""
    numbers = as_numbers(pl.Series(values), Kind.DATETIME)
    assert first == iso(numbers[0])
    assert numbers.to_list() == as_numbers(pl.Series(values).cast(pl.String), Kind.DATETIME).to_list()


def test_numbers_that_tell_no_times():
    """A number that is no date of the calendar, and no time of these decades, is unreadable as a time."""
    assert [None] * 4 == as_numbers(pl.Series([20240231, 20241301, 7, 99999999]), Kind.DATETIME).to_list()


@pytest.mark.parametrize("values", [range(20240101, 20240132), [1_700_000_000 + 3600 * i for i in range(31)]])
def test_times_in_a_file_without_types(values, tmp_path):
    """A CSV file of such times covers the same span as reference and as current file."""
    pl.DataFrame({"ts": list(values), "x": range(31)}).write_csv(tmp_path / "a.csv")
    monitor = Monitor.fit(tmp_path / "a.csv")
    assert monitor.plan.with_role(Role.TIMESTAMP).name == "ts"
    result = monitor.check(tmp_path / "a.csv")
    assert result.current.start is not None
    assert (result.reference.start, result.reference.end) == (result.current.start, result.current.end)
