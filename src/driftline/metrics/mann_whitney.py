"""How often a current value is larger than one of the reference."""

from driftline.metrics.base_drift import drift
from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import intervals, ranks
from driftline.types import Estimate, Kind


@drift(title="Cliff's delta (Mann-Whitney)", kinds={Kind.NUMERIC}, low=-1, high=1, worse="both", threshold=0.2)
def mann_whitney(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Cliff's delta: how much more often a current value is larger than one of the reference than smaller, -1 to 1.

    Of all pairs of finite values, one of each side; 0 is no tendency. The Mann-Whitney U of n and m rows is n m (1 +
    delta) / 2. 0.2 is a shift of a normal column by about 0.36 of its standard deviation. Known at about 256 edges of
    the reference: exact where values lie on them or rows are few; pairs inside one bin count as tied, and the interval
    allows for either order. The interval is that of an area under the ROC curve; the p-value is the normal one of both
    tails, corrected for ties and continuity. Source: Mann & Whitney (1947); Cliff (1993); Newcombe (2006).

    >>> from driftline.testing.examples import measure
    >>> print(measure("mann_whitney", list(range(20, 120)), list(range(200))))
    -0.3 (-0.423 to -0.163), n = 100
    """
    now, was = (side.counts for side in distributions(current, reference))
    value, low, high = (2 * area - 1 for area in intervals.auc(now, was))
    hidden = ranks.tied_between(now, was)
    result = value, max(-1.0, low - hidden), min(1.0, high + hidden), ranks.mann_whitney_p(now, was)
    return Estimate.from_interval(result, int(now.sum()))
