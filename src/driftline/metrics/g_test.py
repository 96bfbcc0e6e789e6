"""G-test of whether the groups of values come in the same shares in the reference and the current rows."""

from driftline.metrics.base import VALUES
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.stats import divergence
from driftline.types import Estimate


@drift(title="uncertainty coefficient (G-test)", kinds=VALUES, unit="share", high=1, threshold=0.02)
def g_test(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of the uncertainty about a row's side, current or reference, that its group of values takes away, 0 to 1.

    It is the log-likelihood statistic G over the most that it could be. As Cramér's V it is less where one side has
    far more rows, at the same drift. The p-value is the G-test's with Williams' correction, where groups of small
    expectation are merged. Groups and bias as for the population stability index. Source: Wilks (1935); Theil (1970);
    Williams (1976).

    >>> from driftline.testing.examples import measure
    >>> print(measure("g_test", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.0259 (0.00674 to 0.0829), n = 100
    """
    return Estimate.from_interval(divergence.uncertainty(current.grouped, reference.grouped), current.sample_size)
