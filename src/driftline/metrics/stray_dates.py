"""Dates far away from all others."""

import math

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.moments import Moments
from driftline.stats import intervals
from driftline.types import Estimate, Kind
from driftline.windows import CENTURIES, iso


@level(title="stray dates", family="quality", kinds={Kind.DATETIME}, unit="share", low=0, high=1, threshold=0.001)
def stray_dates(column: ColumnProfile) -> Estimate | None:
    """Share of dates before 1900, after 2200, or more than ten times the usual range away from it, 0 to 1.

    The usual range is the middle 98 % of the same rows. Where dates near the limit share a bin with dates beyond it,
    the value is the smallest share that the bin's sum allows, and the interval reaches to the largest. Wilson's score
    interval. Judged for being over 0.1 points more than in the reference. The report names the dates in any case: a
    clock that says 1970 is an error even once. Source: Wilson (1927).

    >>> from datetime import datetime, timedelta
    >>> from driftline.testing.examples import measure
    >>> days = [datetime(2024, 1, 1) + timedelta(days=day) for day in range(999)]
    >>> print(measure("stray_dates", {"at": [*days, datetime(1970, 1, 1)]}, {"at": days}))
    0.001 (0.000177 to 0.00564), n = 1,000; reference 0
    """
    bins, edges, moments = column.get(Bins), column.plan.edges, column.get(Moments)
    if not moments.n or not edges.size:
        return None
    ranks = np.cumsum(bins.counts)
    first, last = np.searchsorted(ranks, [0.01 * moments.n, 0.99 * moments.n])
    ends = np.concatenate(([moments.minimum], edges, [moments.maximum]))
    low, high = float(ends[(first + 1) // 2]), float(ends[min(last // 2 + 1, ends.size - 1)])
    reach = 10 * max(high - low, 86_400e6)
    early = _count_below(bins.counts, bins.sums, edges, max(low - reach, CENTURIES[0]), moments.minimum)
    late = _count_below(
        bins.counts[::-1], -bins.sums[::-1], -edges[::-1], -min(high + reach, CENTURIES[1]), -moments.maximum
    )
    least, most = early[0] + late[0], early[1] + late[1]
    strays = [iso(moments.minimum)] * bool(early[0]) + [iso(moments.maximum)] * bool(late[0])
    says = f"{least:,} far from the others, such as {' and '.join(strays)}" if strays else ""
    share, lowest, _ = intervals.wilson(least, column.sample_size)
    return Estimate.from_interval(
        (share, lowest, intervals.wilson(most, column.sample_size)[2]),
        column.sample_size,
        says=says,
        notable=bool(strays),
    )


def _count_below(counts: Integers, sums: Floats, edges: Floats, limit: float, minimum: float) -> tuple[int, int]:
    """How many values lie below a limit, at least and at most, by the bins of k edges (2k + 1,) and the minimum.

    Of a bin that holds the limit it is at least so many as bring the mean of its values so far below the limit, if all
    of them were the minimum.
    """
    at = 2 * int(np.searchsorted(edges, limit, "right"))
    below, beside = int(counts[:at].sum()), int(counts[at])
    if minimum >= limit or not beside:
        return below, below
    far = float(counts[at] * limit - sums[at]) / (limit - minimum)
    least = min(beside, max(0 if below else 1, math.ceil(far - 1e-6))) if math.isfinite(far) else 0
    return below + least, below + beside
