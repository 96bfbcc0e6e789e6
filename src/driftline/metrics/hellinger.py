"""Hellinger distance between the reference and the current rows."""

from driftline.metrics.base import VALUES
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.stats import divergence
from driftline.types import Estimate


@drift(title="Hellinger distance", kinds=VALUES, high=1, threshold=0.13)
def hellinger(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Hellinger distance: the root of half the sum of (√p - √q)² over about ten groups of values, 0 to 1.

    Near the Jensen-Shannon distance, a little more sensitive to rare groups; 0.13 is a shift of a normal column by
    about 0.4 of its standard deviation. Groups, bias and p-value as for the population stability index. Source:
    Hellinger (1909); Le Cam (1986).

    >>> from driftline.testing.examples import measure
    >>> print(measure("hellinger", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.137 (0.0698 to 0.246), n = 100
    """
    return Estimate.from_interval(divergence.hellinger(current.grouped, reference.grouped), current.sample_size)
