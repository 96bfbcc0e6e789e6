"""Largest change of one group's share between the reference and the current rows."""

from driftline.metrics.base import VALUES
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.stats import proportions
from driftline.stats.homogeneity import homogeneity_p
from driftline.types import Estimate


@drift(title="largest change of a share", kinds=VALUES, unit="share", high=1, threshold=0.1)
def l_infinity(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """L-infinity distance: the largest |p - q| of one of about ten groups of values, 0 to 1.

    Easy to read for categories: no value's share has changed by more. Groups as for the population stability index;
    the value is plain, so a little above 0 where nothing has changed. The interval is conservative: it allows for
    having picked the largest; the p-value is Pearson's over all groups. Source: Breck et al. (2019); Newcombe (1998).

    >>> from driftline.testing.examples import measure
    >>> print(measure("l_infinity", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.2 (0.0821 to 0.306), n = 100
    """
    now, was = current.grouped, reference.grouped
    p_value = homogeneity_p(now, was)
    return Estimate.from_interval((*proportions.largest_gap(now, was, p_value), p_value), current.sample_size)
