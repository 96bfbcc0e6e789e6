"""A stretch of hours without any rows."""

from datetime import datetime

import numpy as np
import numpy.typing as npt

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import Profile
from driftline.profiles.seasonality import HourlySeasonality, covered
from driftline.profiles.sketches.rhythm import HOUR, Rhythm
from driftline.types import Estimate, Role
from driftline.windows import iso

ENOUGH = 30.0


@distance(
    title="gap in time", family="quality", on="table", needs=Rhythm, unit="rows", low=0, threshold=ENOUGH, certain=True
)
def gap(current: Profile, reference: Profile) -> Estimate | None:
    """Rows that the reference's rhythm leads to expect in the longest stretch of empty clock hours, from 0.

    By the rhythm of hours of the week, as for the volume. Where 30 rows are expected and none comes, chance is no
    explanation (1 in 10^13 if rows come independently). The largest such gap of the reference itself is tolerated as
    well. Judged only where the person named the timestamp. A fact, not an estimate.

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
    rows = current.get(Rhythm).hours
    first, length, missed = _longest(rhythm, hours, np.array([rows.get(int(hour), 0) for hour in hours]))
    own = np.arange(rhythm.first, rhythm.first + rhythm.counts.size)
    usual = _longest(rhythm, own, rhythm.counts)[2]
    start, end = iso(hours[first] * HOUR), iso((hours[first] + length) * HOUR)
    when = humanize.stretch(datetime.fromisoformat(start), datetime.fromisoformat(end))
    words = f"no rows for {humanize.count(length, 'hour')} ({when}), about {missed:,.0f} expected"
    says = words if missed > ENOUGH else ""
    return Estimate(
        value=missed if missed > usual else 0.0, n=int(rhythm.expected(hours).sum()), says=says,
        since=start if says else None, judged=not timestamp.column.guessed,
        detail={"start": start, "end": end, "hours": length} if says else {},
    )  # fmt: skip


def _longest(
    rhythm: HourlySeasonality, hours: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> tuple[int, int, float]:
    """Start, length and expected rows of the empty stretch in which the most rows were expected."""
    expected = rhythm.expected(hours)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], rows == 0, [False])).astype(np.int8)))
    stretches = [(int(a), int(b - a), float(expected[a:b].sum())) for a, b in edges.reshape(-1, 2)]
    return max(stretches, key=lambda stretch: stretch[2], default=(0, 0, 0.0))
