"""Age of the newest row when the checked window ends."""

import math

import numpy as np

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import Profile
from driftline.profiles.seasonality import HourlySeasonality
from driftline.profiles.sketches.moments import Moments
from driftline.profiles.sketches.rhythm import HOUR, Rhythm
from driftline.types import Estimate, Role
from driftline.windows import iso


@distance(
    title="age of the newest row",
    family="quality",
    on="table",
    needs=Rhythm,
    unit="h",
    low=0,
    threshold=1.0,
    relative=0.5,
    certain=True,
)
def freshness(current: Profile, reference: Profile) -> Estimate | None:
    """Hours from the newest row to the time up to which rows should be there, from 0.

    That time is `now` (`driftline check --now`, `Monitor.check(now=...)`), else the end of the window that the rows
    stand for. Taken only where one of them was given, for else nothing says when the rows should end: files of last
    year are not stale. Dates after that time do not count. Compared with the longest stretch without rows that the
    reference has: half as much again and one hour more are tolerated. To the microsecond where no date is later than
    that time, else to the hour. Judged only where the person named the timestamp. A fact, not an estimate.

    >>> from datetime import datetime, timedelta
    >>> import polars as pl
    >>> from driftline import Monitor
    >>> hours = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(24 * 21)]
    >>> monitor = Monitor.fit(pl.DataFrame({"at": hours}), timestamp="at")
    >>> result = monitor.check(pl.DataFrame({"at": hours[:168]}), now=datetime(2024, 1, 8, 12))
    >>> [verdict.value for verdict in result if verdict.metric == "freshness"]
    [13.0]
    """
    timestamp, rhythm = current.plan.with_role(Role.TIMESTAMP), HourlySeasonality.from_profile(reference)
    start, end = (current.window.start, current.window.end) if current.window else (-math.inf, math.nan)
    end = end if current.until is None else current.until
    if timestamp is None or rhythm is None or math.isnan(end):
        return None
    newest, until = _newest(current, timestamp.name, end), iso(end)[:16]
    if newest == start == -math.inf:
        return Estimate(value=None, n=current.rows, why=f"no row is from before {until}")
    age, usual = (end - max(newest, start)) / HOUR, _longest(rhythm) + 1.0
    when = f"the newest is of {iso(newest)[:16]}" if newest >= start else "no row is in the window"
    says = (
        f"{when}, {humanize.number(age)} h before {until}; "
        f"the reference has rows every {humanize.number(usual)} h or less"
    )
    return Estimate(
        value=age, n=current.rows, reference=Estimate(value=usual, n=rhythm.rows), says=says,
        judged=not timestamp.column.guessed,
    )  # fmt: skip


def _newest(profile: Profile, timestamp: str, end: float) -> float:
    """The newest time before the end; minus infinity where there is none."""
    moments = profile.columns[timestamp].get(Moments)
    if moments.n and moments.maximum < end:
        return moments.maximum
    hours = [hour for hour, rows in profile.get(Rhythm).hours.items() if rows and hour * HOUR < end]
    return min(end, (max(hours) + 1) * HOUR) if hours else -math.inf


def _longest(rhythm: HourlySeasonality) -> int:
    """Hours of the reference's longest stretch of empty clock hours."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], rhythm.counts == 0, [False])).astype(np.int8)))
    return int(np.max(np.diff(edges.reshape(-1, 2), axis=1), initial=0))
