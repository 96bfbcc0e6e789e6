"""A stretch of hours without any rows."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from driftline import humanize
from driftline.arrays import Floats
from driftline.metrics.base import distance
from driftline.profiles.profile import Profile
from driftline.profiles.seasonality import HourlySeasonality, covered, shares_of_hours
from driftline.profiles.sketches.rhythm import HOUR, Rhythm
from driftline.types import Estimate, Role
from driftline.windows import iso, local

ENOUGH = 30.0
_MINUTE = HOUR / 60


@distance(
    title="gap in time", family="quality", on="table", needs=Rhythm, unit="rows", low=0, threshold=ENOUGH, certain=True
)
def gap(current: Profile, reference: Profile) -> Estimate | None:
    """Rows that the reference's rhythm leads to expect in the longest stretch of empty clock hours, from 0.

    By the rhythm of hours of the week, as for the volume. Where 30 rows are expected and none comes, chance is no
    explanation (1 in 10^13 if rows come independently). The largest such gap of the reference itself is tolerated as
    well, and so is what a change of clocks explains: the hour that local times skip in spring; where the time zone is
    not known, an hour by which the days have moved since. Judged only where the person named the timestamp. A fact,
    not an estimate.

    >>> from datetime import datetime, timedelta
    >>> from driftline.testing.examples import measure
    >>> minutes = [datetime(2024, 1, 1) + timedelta(minutes=minute) for minute in range(0, 60 * 24 * 14, 5)]
    >>> print(measure("gap", {"timestamp": minutes[:300] + minutes[350:600]}, {"timestamp": minutes}))
    48, n = 600
    """
    timestamp, rhythm = current.plan.with_role(Role.TIMESTAMP), HourlySeasonality.from_profile(reference)
    hours = covered(current)
    if timestamp is None or rhythm is None or not hours.size:
        return None
    rows, shares = current.get(Rhythm).hours, shares_of_hours(current, hours)
    expected = rhythm.expected(hours) * shares
    empty = np.array([rows.get(int(hour), 0) for hour in hours]) == 0
    own = np.arange(rhythm.first, rhythm.first + rhythm.counts.size)
    usual = _longest([rhythm.expected(own)], rhythm.counts == 0)[2]
    first, length, missed = _longest([expected], empty)
    says = _describe(current, hours[first], length, missed) if missed > ENOUGH else ""
    if says and missed > usual:
        other = _longest([expected, *(each * shares for each in rhythm.readings(hours))], empty)
        if other[2] <= ENOUGH:
            words = f"{says}; that looks like clocks that changed"
            return Estimate(
                value=0.0, n=int(expected.sum()), says=words, notable=True, judged=not timestamp.column.guessed
            )
        first, length, missed = other
        says = _describe(current, hours[first], length, missed)
    start, end = _ends(current, hours[first], length)
    return Estimate(
        value=missed if missed > usual else 0.0, n=int(expected.sum()), says=says,
        since=iso(start) if says else None, judged=not timestamp.column.guessed,
        detail={"start": iso(start), "end": iso(end), "hours": (end - start) / HOUR} if says else {},
    )  # fmt: skip


def _ends(current: Profile, first: int, length: int) -> tuple[float, float]:
    """Start and end of so many hours from the first one on, within the window."""
    start, end = first * HOUR, (first + length) * HOUR
    window = current.window
    return (start, end) if window is None else (max(start, window.start), min(end, window.end))


def _describe(current: Profile, first: int, length: int, missed: float) -> str:
    """The stretch in words, by the clock of its zone."""
    zone, ends = current.plan.zone, _ends(current, first, length)
    start, end = (datetime.fromisoformat(iso(local(time, zone))) for time in ends)
    hours, rest = divmod(round((ends[1] - ends[0]) / _MINUTE), 60)
    long = humanize.count(60 * hours + rest, "minute") if rest else humanize.count(hours, "hour")
    return f"no rows for {long} ({humanize.stretch(start, end)}), about {missed:,.0f} expected"


def _longest(readings: Sequence[Floats], empty: npt.NDArray[np.bool_]) -> tuple[int, int, float]:
    """Start, length and expected rows of the empty stretch in which most were expected, by the kindest reading."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], empty, [False])).astype(np.int8)))
    stretches = [
        (int(a), int(b - a), min(float(expected[a:b].sum()) for expected in readings)) for a, b in edges.reshape(-1, 2)
    ]
    return max(stretches, key=lambda stretch: stretch[2], default=(0, 0, 0.0))
