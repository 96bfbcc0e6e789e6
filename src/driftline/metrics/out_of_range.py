"""Values outside of the reference's range, as a share of the rows."""

import numpy as np
import scipy

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.moments import Moments
from driftline.stats import intervals
from driftline.stats.ranks import beyond_ends_p
from driftline.types import Estimate, Kind


@distance(
    title="values out of range",
    family="quality",
    kinds={Kind.NUMERIC},
    unit="share",
    low=0,
    high=1,
    threshold=0.01,
    windowed=True,
    seasonal=False,
    weight=0.25,
)
def out_of_range(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of rows with a finite value below the reference's smallest or above its largest, 0 to 1.

    Wilson's score interval. The extremes of m rows leave about 2 / (m + 1) of the distribution outside, whatever it is
    (a beta variable; Wilks 1941): judged for being over 1 point more than that. The p-value is exact for values without
    ties. Source: Wilson (1927); Wilks (1941).

    >>> from driftline.testing.examples import measure
    >>> print(measure("out_of_range", [5.5, 9.5, 14.5, 25.5] * 25, [5.5, 9.5, 14.5, 20.5] * 25))
    0.25 (0.175 to 0.343), n = 100; reference 0.0198
    """
    was, now = reference.get(Moments), current.get(Moments)
    if was.n < 2:
        return None
    edges, counts = current.plan.edges, current.get(Bins).counts
    first, last = np.searchsorted(edges, [was.minimum, was.maximum])
    outside = int(counts[: 2 * first + 1].sum() + counts[2 * last + 2 :].sum())
    ends = f"{humanize.number(now.minimum)} to {humanize.number(now.maximum)}" if now.n else "no values"
    says = f"now {ends}, in the reference {humanize.number(was.minimum)} to {humanize.number(was.maximum)}"
    value, low, high = intervals.wilson(outside, current.sample_size)
    usual = Estimate(
        value=min(1.0, 2 / (was.n + 1)), low=0.0, high=float(scipy.special.betaincinv(2, was.n - 1, 0.975)), n=was.n
    )
    return Estimate(
        value=value, low=low, high=high, n=current.sample_size, reference=usual, says=says,
        p_value=beyond_ends_p(outside, now.n, was.n, ends=2),
    )  # fmt: skip
