"""Standard deviation of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.stats import intervals
from driftline.types import Estimate, Kind


@level(title="standard deviation", family="description", kinds={Kind.NUMERIC})
def std(column: ColumnProfile) -> Estimate | None:
    """Standard deviation of the finite values (divisor n - 1), with an interval from the fourth moment.

    In the column's unit, from 0. Assumes independent rows. Source: asymptotic variance of the sample variance,
    Cramér (1946).

    >>> from driftline.testing.examples import measure
    >>> print(measure("std", list(range(100))))
    29.011 (26.71 to 32.149), n = 100
    """
    moments = column.get(Moments)
    return Estimate.from_interval(intervals.std(moments.m2, moments.m4, moments.n), moments.n)
