"""Excess kurtosis of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.stats import shape
from driftline.types import Estimate, Kind


@level(title="excess kurtosis", family="description", kinds={Kind.NUMERIC}, low=-2, worse="both")
def kurtosis(column: ColumnProfile) -> Estimate | None:
    """Fourth central moment over the squared variance, less 3: 0 for a normal column, from -2; large with heavy tails.

    Fisher's g2 with divisor n, as in SciPy. No value where the column does not vary or its powers overflow. Without an
    interval: an honest one would need moments up to the eighth, and single outliers rule it anyway. Source: Joanes &
    Gill (1998).

    >>> from driftline.testing.examples import measure
    >>> print(measure("kurtosis", [1.5] * 90 + [9.5] * 10))
    5.111, n = 100
    """
    moments = column.get(Moments)
    value = shape.excess_kurtosis(moments.m2, moments.m4, moments.n)
    return Estimate(value=value, n=moments.n, why="the values do not vary, or are too large or too small")
