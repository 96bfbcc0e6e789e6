"""Dates far away from all others."""

import numpy as np

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.moments import Moments
from driftline.stats import intervals
from driftline.types import Estimate, Kind
from driftline.windows import CENTURIES, iso


@level(
    title="stray dates", family="quality", kinds={Kind.DATETIME}, unit="share", low=0, high=1, threshold=0.001,
)  # fmt: skip
def stray_dates(column: ColumnProfile) -> Estimate | None:
    """Share of dates outside 1900 to 2200, or over ten times the length of the middle 98 % away from it, 0 to 1.

    The middle is that of the same rows. Wilson's score interval; judged for becoming more than in the reference by over
    0.1 %, and told of in any case, for a clock of 1970 or 2009 is an error even once. Source: Wilson (1927).
    """
    bins, edges, moments = column.get(Bins), column.plan.edges, column.get(Moments)
    if not moments.n or not edges.size:
        return None
    upto = np.cumsum(bins.counts)
    first, last = np.searchsorted(upto, [0.01 * moments.n, 0.99 * moments.n])
    ends = np.concatenate(([moments.minimum], edges, [moments.maximum]))
    low, high = float(ends[(first + 1) // 2]), float(ends[min(last // 2 + 1, ends.size - 1)])
    reach = 10 * max(high - low, 86_400e6)
    first, last = max(low - reach, CENTURIES[0]), min(high + reach, CENTURIES[1])
    early = int(bins.counts[: 2 * int(np.searchsorted(edges, first, "right"))].sum())
    late = int(bins.counts[2 * int(np.searchsorted(edges, last, "left")) + 1 :].sum())
    strays = [iso(moments.minimum)] * bool(early) + [iso(moments.maximum)] * bool(late)
    says = f"{early + late:,} far from the others, such as {' and '.join(strays)}" if strays else ""
    return Estimate.from_interval(intervals.wilson(early + late, column.n), column.n, says=says, notable=bool(strays))
