"""Chi-square distance between the reference and the current rows."""

from driftline.metrics.base import VALUES
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.stats import divergence
from driftline.types import Estimate


@drift(title="chi-square distance", kinds=VALUES, high=1, threshold=0.15, by_segment=True)
def chi2(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Chi-square distance: the root of half the sum of (p - q)² / (p + q) over about ten groups of values, 0 to 1.

    It is the effect that Pearson's two-sample chi-square test sees, free of the sample size; the p-value is that
    test's, with groups of small expectation merged. Groups and bias as for the population stability index. Source:
    Pearson (1900); Le Cam (1986).

    >>> from driftline.testing.examples import measure
    >>> print(measure("chi2", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.195 (0.1 to 0.346), n = 100
    """
    return Estimate.from_interval(divergence.chi_distance(current.grouped, reference.grouped), current.sample_size)
