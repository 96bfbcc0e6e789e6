"""Cramér-von Mises distance between the reference and the current rows."""

from driftline.metrics.base import distance
from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import cdf_distances
from driftline.types import Estimate, Kind


@distance(
    title="Cramér-von Mises distance",
    family="drift",
    kinds={Kind.NUMERIC},
    low=0,
    high=1,
    threshold=0.12,
    judged=False,
    windowed=True,
)
def cramer_von_mises(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Cramér-von Mises distance: the root mean square gap between two cumulative distributions over all rows, to 0.58.

    Of the finite values; from 0. The test's statistic T is its square times n m / (n + m), for n and m rows. 0.12 is a
    shift of a normal column by about 0.4 of its standard deviation. Known at about 256 edges of the reference: exact
    where values lie on them, and else the interval holds what could hide between two. The p-value is asymptotic, with
    ties. Source: Cramér (1928); von Mises (1931); Anderson (1962).
    """
    now, was = distributions(current, reference)
    return Estimate.from_interval(cdf_distances.cramer_von_mises(now.counts, was.counts), now.n)
