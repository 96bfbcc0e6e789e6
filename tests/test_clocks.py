"""Clocks of time zones: as the standard library has them, at any instant."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.clocks import PLACES, find_clock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3600e6


@given(st.sampled_from([*PLACES, "Asia/Kolkata", "Africa/Casablanca"]), st.integers(0, 4_000_000_000))
def test_local(name, second):
    """The local time of an instant is the standard library's; it is the instant's again unless it came twice."""
    clock, instant = find_clock(name), np.array([second * 1e6])
    aware = EPOCH + timedelta(seconds=second)
    expected = aware.astimezone(ZoneInfo(name)).replace(tzinfo=UTC)
    local = clock.local(instant)
    assert [(expected - EPOCH) / timedelta(microseconds=1)] == local.tolist()
    first = expected.replace(tzinfo=ZoneInfo(name), fold=0)
    assert [(first.astimezone(UTC) - EPOCH) / timedelta(microseconds=1)] == clock.instants(local).tolist()
    assert clock.count_shown(local)[0] in {1, 2}


@pytest.mark.parametrize(
    ("name", "local", "shown"),
    [
        ("America/New_York", "2024-03-10T02:30", 0),
        ("America/New_York", "2024-03-10T03:00", 1),
        ("America/New_York", "2024-11-03T01:00", 2),
        ("America/New_York", "2024-11-03T02:00", 1),
        ("Australia/Sydney", "2024-10-06T02:00", 0),
        ("+05:30", "2024-03-10T02:30", 1),
    ],
)
def test_hours_skipped_and_shown_twice(name, local, shown):
    """A clock skips an hour in spring and shows one twice in autumn; an offset has no such hours."""
    microseconds = (datetime.fromisoformat(local).replace(tzinfo=UTC) - EPOCH) / timedelta(microseconds=1)
    assert [shown] == find_clock(name).count_shown(np.array([microseconds])).tolist()


@pytest.mark.parametrize("name", ["", "Mars/Base", "+99:00", "../etc/passwd"])
def test_no_zone(name):
    """What is the name of no zone has no clock."""
    assert find_clock(name) is None
