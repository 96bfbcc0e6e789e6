"""Formats of numbers and dates in text: inferred over the reference, applied to each current file."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.data import text_formats
from driftline.errors import ConfigError

VALUES = np.random.default_rng(1).lognormal(3, 0.6, 1500)
WRITTEN = {
    "dollars": lambda v: f"${v:,.2f}", "thousands": lambda v: f"{v * 100:,.2f}", "percent": lambda v: f"{v:.1f}%",
    "european": lambda v: f"{v * 100:,.2f}".translate(str.maketrans(",.", ".,")), "unit": lambda v: f"{v:.1f} km",
    "thin space": lambda v: f"{v * 100:,.2f}".replace(",", "\u202f").replace(".", ","),
}  # fmt: skip


@pytest.mark.parametrize("form", WRITTEN)
def test_numbers(form):
    """Numbers with marks, currency and unit are numbers; half as much again is an alert."""
    write = WRITTEN[form]
    before, after = (pl.DataFrame({"amount": [write(v) for v in VALUES * k]}) for k in (1, 1.5))
    monitor = Monitor.fit(before)
    assert "numeric" == monitor.columns[0].kind.value
    assert "ok" == monitor.check(before).level.value
    assert "alert" == monitor.check(after).level.value


@pytest.mark.parametrize("separator", ["\t", ";", "|"])
def test_thousands_in_a_text_file(tmp_path, separator):
    """`4,512` is four thousand five hundred and twelve, whatever separates the columns."""
    path = tmp_path / "rows.csv"
    values = (VALUES * 100).astype(int)
    pl.DataFrame({"people": [f"{v:,}" for v in values], "b": "x"}).write_csv(path, separator=separator)
    means = {v.metric: v.value for v in Monitor.fit(path).check(path) if v.column == "people"}
    assert values.mean() == pytest.approx(means["mean"])


def test_decimal_comma_that_begins_late(tmp_path):
    """A decimal comma counts wherever in the file it first stands."""
    path = tmp_path / "rows.csv"
    path.write_text("a;b\n" + "1;x\n" * 200 + "2,5;x\n" * 200)
    means = {v.metric: v.value for v in Monitor.fit(path).check(path) if v.column == "a"}
    assert 1.75 == pytest.approx(means["mean"])


def dates(start, days, form):
    """A table of ten rows a day with dates in a format."""
    times = pl.datetime_range(start, start + timedelta(days=days), "144m", eager=True)
    return pl.DataFrame({"date": times.dt.strftime(form), "x": np.random.default_rng(2).normal(size=times.len())})


def test_dates_keep_their_format(tmp_path):
    """The reference's format reads a current file that alone could be read otherwise."""
    reference, current = tmp_path / "a.csv", tmp_path / "b.csv"
    dates(datetime(2024, 1, 1), 30, "%m/%d/%Y %H:%M").write_csv(reference)  # noqa: DTZ001 - naive on purpose
    dates(datetime(2024, 2, 1), 9, "%m/%d/%Y %H:%M").write_csv(current)  # noqa: DTZ001 - naive on purpose
    monitor = Monitor.fit(reference, timestamp="date")
    result = monitor.check(current)
    assert "%m/%d/%Y %H:%M" == monitor.plan.by_name["date"].format
    assert result.current.start.startswith("2024-02-01")
    assert not [v for v in result if v.metric == "type_changed" and v.level.value == "alert"]


def test_ambiguous_dates(tmp_path):
    """Dates that can be read two ways are refused in words; a stated format reads them."""
    path = tmp_path / "a.csv"
    path.write_text("date,x\n" + "".join(f"01/{1 + i % 12:02d}/2024,{i}\n" for i in range(360)))
    with pytest.raises(ConfigError, match=r"ambiguous.*%d/%m/%Y.*%m/%d/%Y"):
        Monitor.fit(path, timestamp="date")
    monitor = Monitor.fit(path, timestamp="date", columns={"date": {"format": "%m/%d/%Y"}})
    assert "2024-01-12" == monitor.check(path).current.end[:10]


def test_unknown_format():
    """A format that is none is refused, with those that are known."""
    with pytest.raises(ConfigError, match=r"unknown.*1,234\.5"):
        Monitor.fit(pl.DataFrame({"a": ["1", "2"] * 50}), columns={"a": {"format": "european"}})


def test_endings_that_differ_are_no_unit():
    """1st, 2nd, 3rd are labels."""
    assert text_formats.number_format(pl.Series(["1st", "2nd", "3rd"])) is None


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["$1,234.56", "-$7.10"], "$1,234.5"), (["1.234,56 €", "7,1 €"], "1.234,5 €"), (["12.5%", "7%"], "1,234.5%"),
        (["20.0 km", "1,300 km"], "1,234.5 km"), (["$5.10", "€5.10"], None), (["5 km", "5 mi"], None),
    ],
)  # fmt: skip
def test_currency_and_unit(texts, form):
    """Currency and unit are part of the format, where all numbers have the same."""
    assert form == text_formats.number_format(pl.Series(texts))


def test_another_unit_is_not_read():
    """Numbers in another unit than the reference's are unreadable: they are never taken for the same."""
    monitor = Monitor.fit(pl.DataFrame({"way": [f"{v:.1f} km" for v in VALUES]}))
    assert monitor.plan.by_name["way"].format == "1,234.5 km"
    miles = monitor.check(pl.DataFrame({"way": [f"{v:.1f} mi" for v in VALUES]}))
    assert {v.value for v in miles if v.metric == "unreadable"} == {1.0}


def test_stated_marks_with_a_unit():
    """Whoever states the marks need not state the unit."""
    frame = pl.DataFrame({"a": ["1.234 €", "4.500 €"] * 50})
    monitor = Monitor.fit(frame, columns={"a": {"format": "1.234,5"}})
    assert monitor.plan.by_name["a"].format == "1.234,5 €"
    assert {v.value for v in monitor.check(frame) if v.metric == "mean"} == {2867.0}


def test_ambiguous_dates_of_a_feature():
    """Dates of a feature that can be read two ways are text, and a note says what to state."""
    frame = pl.DataFrame({"due": [f"01/{1 + i % 12:02d}/2024" for i in range(360)]})
    monitor = Monitor.fit(frame)
    assert "text" == monitor.plan.by_name["due"].kind.value
    (note,) = monitor.check(frame).notes
    assert "Column 'due' holds dates of the form" in note
    assert "%d/%m/%Y" in note
    assert "%m/%d/%Y" in note
    stated = Monitor.fit(frame, columns={"due": {"format": "%d/%m/%Y"}})
    assert ("datetime", ()) == (stated.plan.by_name["due"].kind.value, stated.plan.doubts)


def test_zip_codes_keep_their_zeros(tmp_path):
    """A CSV file is read by the plan, not by what it happens to hold: 01234 stays the same label."""
    reference, current = tmp_path / "a.csv", tmp_path / "b.csv"
    rows = "".join(f"0{1000 + i % 20},x\n" for i in range(400))
    reference.write_text("zone,b\n" + "N/A,x\n" * 60 + rows)
    current.write_text("zone,b\n" + rows)
    new = [
        v.value for v in Monitor.fit(reference).check(current) if v.metric == "new_categories" and v.column == "zone"
    ]
    assert new in ([0.0], [])
