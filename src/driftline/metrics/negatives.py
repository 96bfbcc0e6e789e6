"""Negative values where the reference has none."""

import scipy

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.stats import intervals
from driftline.stats.ranks import beyond_ends_p
from driftline.types import Estimate, Kind


@distance(
    title="negative values",
    family="quality",
    kinds={Kind.NUMERIC},
    unit="share",
    low=0,
    high=1,
    threshold=0.001,
    windowed=True,
    weight=0.25,
)
def negatives(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of rows below 0 (minus infinity included) in a column that has none in the reference, 0 to 1.

    Wilson's score interval. Not taken where the reference has negative values itself. The smallest of m values leaves
    1 / (m + 1) of the distribution below it on average, whatever it is (a beta variable; Wilks 1941): judged for being
    over 0.1 points more than that. A tenth of what is tolerated out of range, for a sign is seldom a matter of degree.
    The p-value is exact for values without ties. Source: Wilson (1927); Wilks (1941).

    >>> from driftline.testing.examples import measure
    >>> print(measure("negatives", [-1.5, 2.5, 3.5, 4.5] * 25, [1.5, 2.5, 3.5, 4.5] * 25))
    0.25 (0.175 to 0.343), n = 100; reference 0.0099
    """
    was, now = reference.get(Moments), current.get(Moments)
    if not was.n or was.negatives or reference.counts.negative_infinite:
        return None
    below = now.negatives + current.counts.negative_infinite
    least = "minus infinity" if current.counts.negative_infinite else humanize.number(now.minimum)
    says = f"{below:,} below 0, down to {least}; none in the reference" if below else ""
    value, low, high = intervals.wilson(below, current.sample_size)
    usual = Estimate(value=1 / (was.n + 1), low=0.0, high=float(scipy.special.betaincinv(1, was.n, 0.975)), n=was.n)
    return Estimate(
        value=value, low=low, high=high, n=current.sample_size, reference=usual, says=says,
        p_value=beyond_ends_p(below, current.sample_size, was.n, ends=1),
    )  # fmt: skip
