"""Windows of event time: cover all times, lie on the calendar, and are never too many."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.windows import MOST, WEEK, grid, iso, microseconds

DAY = 86_400e6


@settings(max_examples=200)
@given(st.floats(0, 4e15), st.floats(1, 4e15))
def test_auto(low, length):
    """Any span is covered whole, by at most 31 windows that begin on a multiple of their width, weeks on Mondays."""
    windows = grid(low, low + length)
    if windows is not None:
        assert windows.start <= low
        assert low + length < windows.start + windows.count * windows.width
        assert 2 <= windows.count <= MOST
        weeks = windows.width % (7 * 86_400e6) == 0
        assert 0 == (windows.start - (WEEK if weeks else 0)) % windows.width


@pytest.mark.parametrize(
    ("days", "hours"), [(0.9, 1), (2, 6), (7, 6), (28, 24), (31, 168), (365, 720)],
)  # fmt: skip
def test_widths(days, hours):
    """A day is seen by hours, a month by days, a year by months."""
    assert hours * 3_600e6 == grid(0.0, days * DAY - 1).width


def test_nothing_to_part():
    """A single moment, times that are not finite, or no wish for windows give none."""
    assert [None] * 4 == [grid(5.0, 5.0), grid(float("nan"), 1.0), grid(0.0, float("inf")), grid(0.0, DAY, "none")]


def test_stated_width():
    """A stated width is taken, and bounded."""
    assert (3_600e6, 24) == (grid(0.0, DAY - 1, "1h").width, grid(0.0, DAY - 1, "1h").count)
    assert grid(0.0, 1000 * DAY, "1m").count <= 1000


def test_names():
    """Names are ISO 8601 in UTC, sort in time, and times of any year can be told."""
    names = [grid(0.0, 20 * DAY).name(i) for i in range(20)]
    assert sorted(names) == names
    assert "1970-01-02T00:00:00" == iso(DAY)
    assert iso(9e17).endswith("-01-01T00:00:00")


def test_zones():
    """A time with a zone is that moment; one without is UTC."""
    east = dt.timezone(dt.timedelta(hours=2))
    assert 0.0 == microseconds(dt.datetime(1970, 1, 1, 2, tzinfo=east))
    assert 0.0 == microseconds(dt.datetime(1970, 1, 1))  # noqa: DTZ001 - naive on purpose
