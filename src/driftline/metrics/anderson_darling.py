"""Anderson-Darling distance between the reference and the current rows."""

from driftline.metrics.base_drift import drift
from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import cdf_distances
from driftline.types import Estimate, Kind


@drift(title="Anderson-Darling distance", kinds={Kind.NUMERIC}, threshold=0.3)
def anderson_darling(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Anderson-Darling distance: the root mean square gap between two cumulative distributions, the tails weighted up.

    From 0, of the finite values: each squared gap is divided by H (1 - H), the variance of the share H of all rows
    there, so a change in the tails counts as much as one in the middle. The test's statistic is its square times n m /
    (n + m), for n and m rows. 0.3 is a shift of a normal column by about 0.4 of its standard deviation. Known at about
    256 edges of the reference: exact where values lie on them or rows are few, and else the interval holds what could
    hide between two. The p-value is asymptotic, with ties. Source: Anderson & Darling (1952); Pettitt (1976).

    >>> from driftline.testing.examples import measure
    >>> print(measure("anderson_darling", list(range(20, 120)), list(range(200))))
    0.484 (0.376 to 0.574), n = 100
    """
    now, was = distributions(current, reference)
    return Estimate.from_interval(cdf_distances.anderson_darling(now.counts, was.counts), now.n)
