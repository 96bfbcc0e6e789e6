"""Any value of any type is a number, a label, or missing; none makes its column fail."""

from datetime import date

import polars as pl
import pytest

from driftline.data.decode import as_labels, as_numbers
from driftline.types import Kind

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
