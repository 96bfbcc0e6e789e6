"""Difference of the means in standard deviations of the reference, with Welch's t-test."""

import math

from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.stats import effect_size
from driftline.types import Estimate, Kind


@drift(title="change of the mean (Welch)", kinds={Kind.NUMERIC}, unit="sd", low=None, worse="both", threshold=0.2)
def welch(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Glass's delta: current mean less that of the reference, in standard deviations of the reference; any sign.

    Of the finite values; where the reference does not vary, in its robust scale. The p-value is that of Welch's t-test,
    which lets the sides vary differently. Assumes independent rows and means that are near normal; outliers weigh
    heavily in both. Source: Welch (1947); Glass (1976).

    >>> from driftline.testing.examples import measure
    >>> print(measure("welch", list(range(20, 120)), list(range(200))))
    -0.518 (-0.692 to -0.345), n = 100
    """
    now, was = (
        effect_size.Side(side.n, side.mean, side.m2, side.m3, side.m4)
        for side in (current.get(Moments), reference.get(Moments))
    )
    result = effect_size.glass(now, was, current.plan.scale)
    if now.n and was.n and math.isnan(result[0]):
        return Estimate(value=None, n=int(now.n), why="the values are too large to add up")
    return Estimate.from_interval(result, int(now.n))
