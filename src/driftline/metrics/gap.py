"""A stretch of hours without any rows."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from driftline import humanize
from driftline.arrays import Floats
from driftline.metrics.base import distance
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.profile import Profile
from driftline.profiles.seasonality import HourlySeasonality, covered
from driftline.profiles.sketches.rhythm import HOUR, Rhythm
from driftline.types import Estimate, Role
from driftline.windows import iso, local

ENOUGH = 30.0


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
    rows, expected = current.get(Rhythm).hours, rhythm.expected(hours)
    empty = np.array([rows.get(int(hour), 0) for hour in hours]) == 0
    own = np.arange(rhythm.first, rhythm.first + rhythm.counts.size)
    usual = _longest([rhythm.expected(own)], rhythm.counts == 0)[2]
    first, length, missed = _longest([expected], empty)
    says = _describe(timestamp, hours[first], length, missed) if missed > ENOUGH else ""
    if says and missed > usual:
        other = _longest([expected, *rhythm.readings(hours)], empty)
        if other[2] <= ENOUGH:
            words = f"{says}; that looks like clocks that changed"
            return Estimate(
                value=0.0, n=int(expected.sum()), says=words, notable=True, judged=not timestamp.column.guessed
            )
        first, length, missed = other
        says = _describe(timestamp, hours[first], length, missed)
    start, end = iso(hours[first] * HOUR), iso((hours[first] + length) * HOUR)
    return Estimate(
        value=missed if missed > usual else 0.0, n=int(expected.sum()), says=says,
        since=start if says else None, judged=not timestamp.column.guessed,
        detail={"start": start, "end": end, "hours": length} if says else {},
    )  # fmt: skip


def _describe(timestamp: ColumnPlan, first: int, length: int, missed: float) -> str:
    """The stretch in words, by the clock of its zone."""
    zone = timestamp.clock.name if timestamp.clock else ""
    start, end = (datetime.fromisoformat(iso(local(hour * HOUR, zone))) for hour in (first, first + length))
    when = humanize.stretch(start, end)
    return f"no rows for {humanize.count(length, 'hour')} ({when}), about {missed:,.0f} expected"


def _longest(readings: Sequence[Floats], empty: npt.NDArray[np.bool_]) -> tuple[int, int, float]:
    """Start, length and expected rows of the empty stretch in which most were expected, by the kindest reading."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], empty, [False])).astype(np.int8)))
    stretches = [
        (int(a), int(b - a), min(float(expected[a:b].sum()) for expected in readings)) for a, b in edges.reshape(-1, 2)
    ]
    return max(stretches, key=lambda stretch: stretch[2], default=(0, 0, 0.0))
