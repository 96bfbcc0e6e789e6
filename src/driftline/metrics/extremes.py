"""Values far beyond the largest and smallest that the reference has."""

import numpy as np

from driftline import humanize
from driftline.arrays import Floats
from driftline.metrics.base import distance
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.moments import Moments
from driftline.stats import shape
from driftline.types import Estimate, Kind, Level


@distance(title="extreme values", family="quality", kinds={Kind.NUMERIC}, low=0, threshold=2.0, most=Level.WARNING)
def extremes(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """How many times as far from the reference's median the most extreme value is as the reference's own, from 0.

    Of the largest and of the smallest value, the less likely one. Exact, so it has no interval. The p-value is the
    chance that as many rows as now hold a value that far out, if the reference's tail goes on as a power law: the
    heaviest of those through the reference's furthest 3, 5, 10, 30, 100 rows and 1 %, made heavier by two standard
    errors of its exponent. Lighter tails make such values rarer still. Judged for over twice as far, with a
    warning at most: a few junk rows of a column that has some are no alert.
    Source: Hill (1975); Weissman (1978).

    >>> from driftline.testing.examples import measure
    >>> print(measure("extremes", [5.5, 500.5] * 50, list(range(1000))))
    0.989, n = 100
    """
    was, now, bins = reference.get(Moments), current.get(Moments), reference.get(Bins)
    if not was.n or not now.n:
        return None
    center, spots, counts = _spread(bins)
    found = []
    for sign, own, past in ((1, now.maximum, was.maximum), (-1, now.minimum, was.minimum)):
        reach, far = sign * (past - center), sign * (own - center)
        if reach > 0 and far > 0:
            p_value = shape.exceedance_p(far, now.n, sign * (spots - center), counts, was.n) if far > reach else 1.0
            which = "largest" if sign > 0 else "smallest"
            words = f"{which} {humanize.number(own)}, in the reference {humanize.number(past)}"
            found.append((p_value, far / reach, words))
    if not found:
        return None
    p_value, value, says = min(found, key=lambda side: (side[0], -side[1]))
    return Estimate(value=value, low=value, high=value, n=now.n, p_value=p_value, says=says, notable=value > 2)


def _spread(bins: Bins) -> tuple[float, Floats, Floats]:
    """The median, and the mean (bins,) and count (bins,) of each bin that holds any."""
    filled = np.flatnonzero(bins.counts)
    with np.errstate(over="ignore", invalid="ignore"):
        spots = bins.sums[filled] / bins.counts[filled]
    upto = np.cumsum(bins.counts[filled])
    center = float(spots[np.searchsorted(upto, upto[-1] / 2)])
    return center, spots, bins.counts[filled].astype(float)
