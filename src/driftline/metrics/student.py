"""Difference of the means in pooled standard deviations, with Student's t-test."""

import math

from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.stats import effect_size
from driftline.types import Estimate, Kind


@drift(title="change of the mean (Student)", kinds={Kind.NUMERIC}, unit="sd", low=None, worse="both", threshold=0.2)
def student(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Cohen's d: current mean less that of the reference, in standard deviations pooled over both; any sign.

    Of the finite values; where neither side varies, in the reference's robust scale. The p-value is that of Student's
    t-test, which assumes that both sides vary alike: where the smaller one varies more it is too small, and Welch's
    serves better. 0.2 is commonly read as small. Source: Student (1908); Cohen (1988).

    >>> from driftline.testing.examples import measure
    >>> print(measure("student", list(range(20, 120)), list(range(200))))
    -0.598 (-0.798 to -0.398), n = 100
    """
    now, was = (
        effect_size.Side(side.n, side.mean, side.m2, side.m3, side.m4)
        for side in (current.get(Moments), reference.get(Moments))
    )
    result = effect_size.cohen(now, was, current.plan.scale)
    if now.n and was.n and math.isnan(result[0]):
        return Estimate(value=None, n=int(now.n), why="the values are too large to add up")
    return Estimate.from_interval(result, int(now.n))
