"""Total variation distance between the reference and the current rows."""

from driftline.metrics.base import VALUES
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.stats import proportions
from driftline.stats.homogeneity import homogeneity_p
from driftline.types import Estimate


@drift(title="total variation", kinds=VALUES, unit="share", high=1, threshold=0.15)
def total_variation(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Total variation: half the sum of |p - q| over about ten groups of values, 0 to 1.

    It is the share of rows that would have to change group to give the reference's distribution. 0.15 is a shift of a
    normal column by about 0.4 of its standard deviation. Groups as for the population stability index; what sampling
    adds is taken off; the p-value is Pearson's. The interval is by the delta method, conservative where little has
    changed. Source: Jordan (1881); Levin, Peres & Wilmer (2009).

    >>> from driftline.testing.examples import measure
    >>> print(measure("total_variation", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.194 (0.0717 to 0.31), n = 100
    """
    now, was = current.grouped, reference.grouped
    p_value = homogeneity_p(now, was)
    return Estimate.from_interval((*proportions.total_variation(now, was, p_value), p_value), current.sample_size)
