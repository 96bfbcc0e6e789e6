"""Epps and Singleton's distance of characteristic functions."""

from driftline.metrics.base_drift import drift
from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import epps_singleton as test
from driftline.types import Estimate, Kind


@drift(title="Epps-Singleton distance", kinds={Kind.NUMERIC}, high=2, threshold=0.2)
def epps_singleton(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Root mean square gap of two empirical characteristic functions at two points, 0 to 2.

    Serves discrete values as well as continuous ones, and sees a change of spread or shape. The points are 0.4 and 0.8
    over half the interquartile range of all rows. 0.2 is a shift of a normal column by about 0.4 of its standard
    deviation. Each of about 256 bins is taken at the mean of its values: exact where values lie on the edges or rows
    are few; what the bins can hide is in the interval, a band that is wide on purpose. Finite values only. The p-value
    is that of the statistic W, by Hotelling's distribution. Source: Epps & Singleton (1986); Hotelling (1931).

    >>> from driftline.testing.examples import measure
    >>> print(measure("epps_singleton", list(range(20, 120)), list(range(200))))
    0.441 (0.314 to 0.567), n = 100
    """
    now, was = distributions(current, reference)
    if not now.n or not was.n:
        return Estimate(value=None, n=now.n)
    result = test.epps_singleton(
        test.representatives(now.edges, now.counts, now.sums, now.ends),
        test.representatives(was.edges, was.counts, was.sums, was.ends),
        current.plan.scale,
    )
    return Estimate.from_interval(result, now.n, why="the values are too large to add up")
