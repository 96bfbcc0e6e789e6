"""Number of rows against the reference's rhythm."""

import math

import numpy as np

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import Profile
from driftline.profiles.seasonality import HourlySeasonality, covered, shares_of_hours
from driftline.profiles.sketches.rhythm import Rhythm
from driftline.types import Estimate, Role

_OFF = 0.2  # share of the expected rows, from which on it is asked whether clocks have changed


@distance(title="volume", family="quality", on="table", needs=Rhythm, low=0, worse="both", neutral=1, threshold=0.3)
def volume(current: Profile, reference: Profile) -> Estimate | None:
    """Rows per expected row: 1 is as many as the reference had in the same hours of the week, from 0.

    Expected is the reference's mean of each hour of the week (of the hour of the day, or of all hours, where it has
    none). Hours are local where the time zone is known; where it is not, a change of clocks that explains the rows is
    taken into account. The interval adds how much the reference's own stretches of that length vary around its rhythm
    to Poisson noise. Judged only where the person named the timestamp, for being over 30 % off.

    >>> from datetime import datetime, timedelta
    >>> from driftline.testing.examples import measure
    >>> hours = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(24 * 21)]
    >>> print(measure("volume", {"timestamp": hours[:168:2]}, {"timestamp": hours}))
    0.503 (0.357 to 0.708), n = 167
    """
    timestamp = current.plan.with_role(Role.TIMESTAMP)
    if timestamp is None:
        return None
    rhythm, hours = HourlySeasonality.from_profile(reference), covered(current)
    if rhythm is None or not len(hours):
        return Estimate(value=None, n=current.rows, why="no timestamps to compare")
    rows = current.get(Rhythm).hours
    result = np.array([rows.get(int(hour), 0) for hour in hours])
    shares = shares_of_hours(current, hours)
    expected = rhythm.expected(hours) * shares
    total, hoped = int(result.sum()), float(expected.sum())
    if abs(total - hoped) > _OFF * hoped:
        hoped = min(
            (hoped, *(float((each * shares).sum()) for each in rhythm.readings(hours))),
            key=lambda rows: abs(total - rows),
        )
    if hoped <= 0:
        return Estimate(value=None, n=current.rows, why="the reference has no rows in these hours")
    spread = math.sqrt(rhythm.spread(len(hours)) ** 2 + 1 / max(hoped, 1.0) + 1 / max(rhythm.rows, 1))
    value = total / hoped
    near, far = max(0.0, value * math.exp(-1.96 * spread)), max(value, 3 / hoped) * math.exp(1.96 * spread)
    z = abs(math.log(max(value, 0.5 / hoped))) / spread
    return Estimate(
        value=value, low=near, high=far, n=int(hoped), p_value=math.erfc(z / math.sqrt(2)),
        says=f"{humanize.count(total, 'row')}, expected about {hoped:,.0f}", judged=not timestamp.column.guessed,
        detail={"rows": total, "expected": hoped},
    )  # fmt: skip
