"""Energy distance between the reference and the current rows."""

import math

from driftline.metrics.base_drift import drift
from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import cdf_distances
from driftline.types import Estimate, Kind


@drift(title="energy distance, scaled", kinds={Kind.NUMERIC}, threshold=0.3)
def energy(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Energy distance of the values in robust standard deviations of the reference, from 0.

    The root of 2 E|X - Y| - E|X - X'| - E|Y - Y'|, which is twice the integral of the squared gap between the
    cumulative distributions. Times the root of the scale (the interquartile range over 1.349, or the classic standard
    deviation where that is 0) it is the distance in the column's unit. 0.3 is a shift of a normal column by about 0.4
    of its standard deviation.

    From counts and sums in about 256 bins: exact where values lie on the edges or rows are few; what a bin can hide is
    in the interval. Finite values only. The p-value is asymptotic, with ties. Source: Székely (2002); Székely & Rizzo
    (2013).

    >>> from driftline.testing.examples import measure
    >>> print(measure("energy", list(range(20, 120)), list(range(200))))
    0.484 (0.37 to 0.593), n = 100
    """
    now, was = distributions(current, reference)
    result = cdf_distances.energy(
        now.edges, now.counts, was.counts, now.sums, was.sums,
        now.ends, was.ends, current.plan.scale,
    )  # fmt: skip
    if now.n and was.n and math.isnan(result[0]):
        return Estimate(value=None, n=now.n, why="the values are too large to add up")
    return Estimate.from_interval(result, now.n)
