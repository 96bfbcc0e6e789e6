"""Calibration and dates: what the reference does itself is learnt by length, and what began is dated."""

import dataclasses

import pytest

from driftline.config.budget import DAY
from driftline.types import Health, Level, SeriesKey, Verdict
from driftline.verdicts.baseline import Baseline
from driftline.verdicts.seasons import WindowKind
from driftline.verdicts.timeline import find_onset
from driftline.verdicts.tolerance import BaselineStats
from driftline.windows import Window

LEVELS = {".": Level.OK, "!": Level.ALERT, "w": Level.WARNING, "?": Level.UNKNOWN}
BASE = Verdict(
    health=Health.DATA, family="drift", metric="ks", title="KS", column="x", segment=None, window=None, level=Level.OK,
    value=0.1, low=0.0, high=0.2, n=100, unit="", threshold=0.2, reason="",
)  # fmt: skip


@pytest.mark.parametrize(
    ("windows", "began"),
    [
        ("....!!!!", 4),
        ("!!!!!!!!", 0),
        (".......!", 7),
        ("...!!.!!", 3),
        (".!..!!!w", 4),
        ("..??!!!!", 4),
        ("??!!!!!!", 0),
        ("........", None),
        ("????????", None),
        ("!.......", None),
        ("", None),
    ],
)
def test_began(windows, began):
    """`.` is a quiet window, `!` and `w` one that stands out, `?` one with too few rows."""
    judged = [
        dataclasses.replace(BASE, level=LEVELS[sign], window=f"day {at}/day {at + 1}")
        for at, sign in enumerate(windows)
    ]
    assert (None if began is None else f"day {began}") == find_onset(judged)


def test_calibration_by_length():
    """A check is held against windows like its own: days for a day, weeks for a week or more, nothing without time."""
    ks = SeriesKey("ks", "x")
    stats = {WindowKind(DAY): {ks: BaselineStats(0.3)}, WindowKind(7 * DAY): {ks: BaselineStats(0.1)}}
    windows = [Window(0, days * DAY) for days in (0.1, 1, 5, 7, 31)]
    found = [Baseline(stats).tolerances_of(window).get(ks) for window in (*windows, None)]
    assert [0.3, 0.3, 0.3, 0.1, 0.1, None] == found
    assert {} == Baseline().tolerances_of(windows[0])
