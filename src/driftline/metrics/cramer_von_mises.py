"""Cramér-von Mises distance between the reference and the current rows."""

from driftline.metrics.base_drift import drift
from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import cdf_distances
from driftline.types import Estimate, Kind


@drift(title="Cramér-von Mises distance", kinds={Kind.NUMERIC}, high=1, threshold=0.12)
def cramer_von_mises(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Cramér-von Mises distance: the root mean square gap between two cumulative distributions over all rows, to 0.58.

    Of the finite values; from 0. The test's statistic T is its square times n m / (n + m), for n and m rows. 0.12 is a
    shift of a normal column by about 0.4 of its standard deviation. Known at about 256 edges of the reference: exact
    where values lie on them, and else the interval holds what could hide between two. The p-value is asymptotic, with
    ties. Source: Cramér (1928); von Mises (1931); Anderson (1962).

    >>> from driftline.testing.examples import measure
    >>> print(measure("cramer_von_mises", list(range(20, 120)), list(range(200))))
    0.209 (0.155 to 0.262), n = 100
    """
    now, was = distributions(current, reference)
    return Estimate.from_interval(cdf_distances.cramer_von_mises(now.counts, was.counts), now.n)
