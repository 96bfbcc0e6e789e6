"""Age of the newest row when the checked window ends."""

import math

import numpy as np

from driftline import words
from driftline.metric import distance
from driftline.profile import Profile
from driftline.rhythms import Rhythms
from driftline.sketches.moments import Moments
from driftline.sketches.rhythm import HOUR, Rhythm
from driftline.types import Estimate, Role
from driftline.windows import iso


@distance(
    title="age of the newest row", family="quality", on="table", needs=Rhythm, unit="h", low=0, threshold=1.0,
    relative=0.5, certain=True,
)  # fmt: skip
def freshness(current: Profile, reference: Profile) -> Estimate | None:
    """Hours from the newest row to the end of the window that the rows stand for, from 0.

    Taken only where a window was named, for else nothing says when the rows should end; a metric has no clock. Dates
    after the window's end do not count. Held against the longest stretch without rows that the reference has: half as
    much again and one hour more are tolerated. To the microsecond where the newest date of all lies in the window, else
    to the hour. Judged only where the person named the timestamp. A fact, not an estimate.
    """
    timestamp, rhythm = current.plan.with_role(Role.TIMESTAMP), Rhythms.of(reference)
    if timestamp is None or rhythm is None or current.span is None:
        return None
    newest = _newest(current, timestamp.name, current.span[1])
    age = (current.span[1] - max(newest, current.span[0])) / HOUR
    usual = _longest(rhythm) + 1.0
    when = f"the newest is of {iso(newest)[:16]}" if newest >= current.span[0] else "no row is in the window"
    says = f"{when}, {words.number(age)} h before its end; the reference has rows every {words.number(usual)} h or less"
    detail: dict[str, object] = {"says": says}
    if timestamp.column.guessed:
        detail["described"] = "the timestamp is a guess"
    return Estimate(value=age, n=current.rows, reference=Estimate(value=usual, n=rhythm.rows), detail=detail)


def _newest(profile: Profile, timestamp: str, end: float) -> float:
    """The newest time before the end; minus infinity where there is none."""
    moments = profile.columns[timestamp].get(Moments)
    if moments.n and moments.maximum < end:
        return moments.maximum
    hours = [hour for hour, rows in profile.get(Rhythm).hours.items() if rows and hour * HOUR < end]
    return min(end, (max(hours) + 1) * HOUR) if hours else -math.inf


def _longest(rhythm: Rhythms) -> int:
    """Hours of the reference's longest stretch of empty clock hours."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], rhythm.counts == 0, [False])).astype(np.int8)))
    return int(np.max(np.diff(edges.reshape(-1, 2), axis=1), initial=0))
