"""A weak segment that the search found is followed over windows: confirmed, let go of, and never found twice."""

import numpy as np
import polars as pl
import pytest

from driftline.alerts.memory.weak_segments import FollowedSegment, FollowedSegments, SegmentWindow
from driftline.alerts.watch import Watch
from driftline.monitor import Monitor
from driftline.profiles.codec import pack, unpack
from driftline.stats.segments.weak_cells import CellGap
from driftline.stores.base import open_store
from driftline.types import WEAK_SEGMENT, Level

DAY, NAME = 1_200, "kind=van"


def days(first, n, seed, spread=1.0):
    """Days of 1,200 rows of a regression whose errors are so many times as wide for vans."""
    random, rows = np.random.default_rng(seed), n * DAY
    kind = random.choice(["van", "bike", "car"], rows)
    y = random.normal(size=rows)
    error = np.where(kind == "van", spread, 1.0) * random.normal(size=rows)
    start = pl.datetime(2024, 1, 1) + pl.duration(days=first)
    at = pl.select(start + pl.duration(seconds=pl.int_range(rows) * (86_400 // DAY))).to_series()
    columns = {"kind": kind, "noise": random.normal(size=rows), "y": y, "p": y + error, "at": at}
    return pl.DataFrame(columns)


@pytest.fixture(scope="module")
def monitor():
    """A monitor of ten days without a weak segment."""
    return Monitor.fit(
        days(0, 10, 0), target="y", prediction="p", timestamp="at", only=["performance"], weak_segments={"search": True}
    )


@pytest.fixture(scope="module")
def watched(monitor):
    """Three quiet days, six in which vans are weak, and seven in which they are not any more."""
    rows = pl.concat([days(10, 3, 1), days(13, 6, 2, spread=1.8), days(19, 7, 3)])
    return Watch(monitor).over(rows)


def follow(watched, name=NAME):
    """The verdicts on one segment by window; None where it is not followed."""
    of_windows = [[v for v in each.result.verdicts if v.metric == WEAK_SEGMENT] for each in watched]
    return [next((v for v in verdicts if v.segment == name), None) for verdicts in of_windows]


def test_it_is_followed_from_its_find_to_its_end(watched):
    """Found once on the first weak day, a warning from the next on, with counts and one start; then over."""
    verdicts = follow(watched)
    assert [None] * 3 == verdicts[:3]
    assert ["found", *["confirmed"] * 5] == [v.detail["state"] for v in verdicts[3:9]]
    assert [Level.OK, *[Level.WARNING] * 5] == [v.level for v in verdicts[3:9]]
    assert {"2024-01-14T00:00:00+00:00"} == {v.since[:19] + "+00:00" for v in verdicts if v}
    assert [False, True, *[False] * 4] == [v.detail["news"] and v.detail["state"] == "confirmed" for v in verdicts[3:9]]
    ends = [at for at, v in enumerate(verdicts) if v and v.detail["state"] == "over"]
    assert len(ends) == 1
    assert 12 <= ends[0] <= 14
    assert "weak no more" in verdicts[ends[0]].reason


def test_it_says_how_much_in_how_many_windows(watched):
    """Difference of errors with its interval: of a window, and of all windows since; beside it the reference's."""
    verdict, truth = follow(watched)[8], 0.8 * np.sqrt(2 / np.pi)
    assert verdict.low < truth < verdict.high
    assert verdict.detail["over_windows_low"] < truth < verdict.detail["over_windows_high"]
    assert verdict.detail["over_windows_high"] - verdict.detail["over_windows_low"] < verdict.high - verdict.low
    assert (5, 5) == (verdict.detail["windows"], verdict.detail["weak"])
    assert verdict.reference == pytest.approx(0, abs=0.1)
    assert 300 < verdict.n < 500
    assert "over 5 windows since it was found" in verdict.reason


def test_a_report_has_a_table_of_them(watched, tmp_path, monitor):
    """Each form of a window's report shows what is followed, also one that is made from the store."""
    with open_store(f"sqlite:///{tmp_path}/a.db") as store:
        Watch(monitor).over(days(10, 2, 2, spread=1.8), store=store)
        stored = store.verdicts(metric=WEAK_SEGMENT, limit=None)
        assert {NAME} <= {each.verdict.segment for each in stored}
    result = watched[8].result
    for form in ("html", "json", "markdown", "terminal"):
        assert "Weak segments, followed" in result.render(form)
    table = next(section for section in result.sections if section.name == "followed-segments")
    row = next(row for row in table.rows if row.cells[0] == NAME)
    assert "5 of 5" in row.cells
    assert "weak_segment-by-segment" not in {section.name for section in result.sections}


def test_memory_survives_a_restart(monitor):
    """A watch that is stopped and started goes on where it was, to the bit."""
    rows = [days(10 + at, 1, 2 + at, spread=1.8) for at in range(4)]
    one, first = Watch(monitor), Watch(monitor)
    for day in rows[:2]:
        one.over(day)
        first.over(day)
    second = Watch.from_state(monitor, unpack(pack(first.state())))
    assert [one.over(day)[0].result.verdicts for day in rows[2:]] == [
        second.over(day)[0].result.verdicts for day in rows[2:]
    ]
    assert not FollowedSegments.from_state(()).known


def test_windows_without_labels_or_with_few_say_nothing(monitor):
    """No labels are no verdict of the search; of a segment that is followed they are unknown, and change nothing."""
    watch = Watch(monitor)
    watch.over(days(10, 1, 2, spread=1.8))
    before = watch.weak_segments.state()[1]
    (after,) = follow(watch.over(days(11, 1, 3, spread=1.8).with_columns(y=pl.lit(None, pl.Float64))))
    assert (Level.UNKNOWN, None, False) == (after.level, after.value, after.detail["news"])
    assert before == watch.weak_segments.state()[1]


def test_windows_that_overlap_count_once(monitor):
    """The same window again is measured, and adds nothing."""
    watch = Watch(monitor)
    watch.over(days(10, 2, 2, spread=1.8))
    before = watch.weak_segments.state()
    (again,) = follow(watch.over(days(11, 1, 2, spread=1.8)))
    assert again.value is not None
    assert before == watch.weak_segments.state()


def draw(random, n, gap, error=0.2):
    """So many windows of a segment whose error is higher by `gap`."""
    values = random.normal(gap, error, n)
    return [SegmentWindow(float(at), 100, value, error, 1.0) for at, value in enumerate(values.tolist())]


def test_what_is_no_weaker_than_in_the_reference_is_hardly_ever_confirmed():
    """Of 400 segments as weak as in the reference, looked at after each of 15 windows, at most 0.5 % by promise."""
    random, past = np.random.default_rng(0), CellGap(1_000, 9_000, 1.3, 1.0, 0.3, 0.0)
    confirmed = 0
    for _ in range(400):
        segment = FollowedSegment((0,), (0,), 0.0)
        found = False
        for window in draw(random, 15, 0.3):
            segment.add(window)
            found |= segment.is_confirmed(past)
        confirmed += found
    assert confirmed <= 6  # 2 at most by promise; more than 6 has a chance of 0.5 % even then


def test_its_interval_over_windows_holds_and_its_end_is_found():
    """The interval over windows covers in 95 % of draws; a segment that is well again is over after five windows."""
    random, held, over, early = np.random.default_rng(1), 0, 0, 0
    for _ in range(400):
        segment = FollowedSegment((0,), (0,), 0.0, windows=draw(random, 8, 0.4))
        _, low, high = segment.overall()
        held += low <= 0.4 <= high
        early += segment.is_over
        segment.windows += draw(random, 5, 0.0)
        over += segment.is_over
    assert 0.92 <= held / 400 <= 0.98
    assert over / 400 >= 0.9
    assert early / 400 <= 0.01
