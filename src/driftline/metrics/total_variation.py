"""Total variation distance between the reference and the current rows."""

from driftline.metrics.base import VALUES, distance
from driftline.profiles.profile import ColumnProfile
from driftline.stats import divergence, proportions
from driftline.types import Estimate


@distance(
    title="total variation",
    family="drift",
    kinds=VALUES,
    unit="share",
    low=0,
    high=1,
    threshold=0.15,
    judged=False,
    windowed=True,
)
def total_variation(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Total variation: half the sum of |p - q| over about ten groups of values, 0 to 1.

    It is the share of rows that would have to change group to give the reference's distribution. 0.15 is a shift of a
    normal column by about 0.4 of its standard deviation. Groups as for the population stability index; what sampling
    adds is taken off; the p-value is Pearson's. The interval is by the delta method, conservative where little has
    changed. Source: Jordan (1881); Levin, Peres & Wilmer (2009).
    """
    now, was = current.grouped, reference.grouped
    p_value = divergence.homogeneity_p(now, was)
    return Estimate.from_interval((*proportions.total_variation(now, was, p_value), p_value), current.n)
