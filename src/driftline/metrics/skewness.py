"""Skewness of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.stats import shape
from driftline.types import Estimate, Kind


@level(title="skewness", family="description", kinds={Kind.NUMERIC}, worse="both")
def skewness(column: ColumnProfile) -> Estimate | None:
    """Skewness of the finite values: third central moment over the standard deviation cubed; 0 when symmetric.

    Fisher's g1 with divisor n, as in SciPy. No value where the column does not vary or its powers overflow. Without an
    interval: an honest one would need moments up to the sixth, and single outliers rule it anyway. Source: Joanes &
    Gill (1998).

    >>> from driftline.testing.examples import measure
    >>> print(measure("skewness", [1.5] * 90 + [9.5] * 10))
    2.667, n = 100
    """
    moments = column.get(Moments)
    value = shape.skewness(moments.m2, moments.m3, moments.n)
    return Estimate(value=value, n=moments.n, why="the values do not vary, or are too large or too small")
