"""Segments with few rows in each window: added up over windows, judged once, told with the span."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from driftline.alerts.memory.sparse_segments import SparseSegments
from driftline.alerts.watch import Watch
from driftline.monitor import Monitor
from driftline.profiles import codec
from driftline.types import Level, ProfileKey

HOUR = 3_600_000_000
RARE = ProfileKey(segment="zone=rare")


def table(hours, seed, *, first=0, shift=0.0, begin=0, zones=("rare", "usual")):
    """Forty rows an hour, two of them of the rare zone, whose values are shifted from hour `begin` on."""
    random, hour = np.random.default_rng(seed), np.repeat(np.arange(hours), 40)
    place = (np.tile(np.arange(40), hours) >= 2).astype(int)
    x = random.normal(size=hour.size) + shift * (place == 0) * (hour >= begin)
    at = (first + hour) * HOUR + random.integers(0, HOUR, hour.size)
    zone = [zones[each] for each in place]
    return pl.DataFrame({"x": x, "zone": zone}).with_columns(at=pl.Series(at).cast(pl.Datetime("us")))


@pytest.fixture(scope="module")
def monitor():
    return Monitor.fit(table(24 * 20, 1), segments=["zone"], timestamp="at", describe=False)


@pytest.fixture(scope="module")
def windows(monitor):
    """Three days by hours, of which the last two are shifted in the rare zone."""
    return list(monitor.windows(table(72, 2, first=24 * 20, shift=3.0, begin=24), every="1h"))


def told(outcomes):
    """What is said of the rare zone's values: the number of the window, level and reason; unknown left out."""
    return [
        (at, verdict.level, verdict.reason)
        for at, outcome in enumerate(outcomes)
        for verdict in outcome.result.verdicts
        if (verdict.metric, verdict.column, verdict.segment) == ("jensen_shannon", "x", "zone=rare")
        and verdict.level is not Level.UNKNOWN
    ]


@pytest.fixture(scope="module")
def watched(monitor, windows):
    """What is said of each window, and the state after thirty of them."""
    watch = Watch(monitor)
    first = [watch.judge(window) for window in windows[:30]]
    state = codec.pack(watch.state())
    return first + [watch.judge(window) for window in windows[30:]], state


def test_a_broken_segment_is_found_by_hours(watched):
    """A zone of two rows an hour is judged once a day, with the span in words; its incident begins with the shift."""
    outcomes, _ = watched
    assert [(23, Level.OK), (47, Level.ALERT), (71, Level.ALERT)] == [each[:2] for each in told(outcomes)]
    assert told(outcomes)[1][2].endswith("over the last 24 hours")
    opened = [incident for outcome in outcomes for incident in outcome.opened]
    assert ["zone=rare"] == [incident.segment for incident in opened]
    assert opened[0].since.startswith("1970-01-22T00:00")
    assert all(incident.is_open for incident in outcomes[-1].incidents)


def test_quiet_segments_open_nothing(monitor):
    """Four days without a change are judged four times, and none alerts."""
    watch = Watch(monitor)
    outcomes = [watch.judge(window) for window in monitor.windows(table(96, 3, first=24 * 20), every="1h")]
    assert [Level.OK] * 4 == [level for _, level, _ in told(outcomes)]
    assert not any(outcome.opened for outcome in outcomes)


def test_goes_on_from_its_state(monitor, windows, watched):
    """Stored and taken up again in the middle of a day, it says the same."""
    same, state = watched
    watch = Watch.from_state(monitor, codec.unpack(state))
    outcomes = [watch.judge(window) for window in windows[30:]]
    assert [(at + 30, *rest) for at, *rest in told(outcomes)] == told(same)[1:]


def test_rows_are_joined_once_and_given_up(monitor, windows):
    """A window that overlaps counts no row twice; a window that judges a segment alone ends what is held of it."""
    held, reference = SparseSegments(), monitor.reference
    assert {} == held.add(reference, windows[0])
    assert {} == held.add(reference, windows[0])
    assert 2 == held.known["zone=rare"].profile.rows
    assert {} == held.add(reference, windows[1])
    assert 4 == held.known["zone=rare"].profile.rows
    full = replace(windows[2], profiles=windows[2].profiles | {RARE: windows[2].profiles[ProfileKey()]})
    assert {} == held.add(reference, full)
    assert {} == held.known


def test_few_rows_of_long_ago_are_given_up(monitor, windows):
    """What is not enough after a week is forgotten, so that memory stays bounded."""
    held, reference = SparseSegments(), monitor.reference
    held.add(reference, windows[0])
    later = windows[1].window
    later = replace(windows[1], window=replace(later, start=later.start + 200 * HOUR, end=later.end + 200 * HOUR))
    held.add(reference, replace(later, profiles={ProfileKey(): later.profiles[ProfileKey()]}))
    assert {} == held.known
