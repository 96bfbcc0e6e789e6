"""Mean of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.stats import intervals
from driftline.types import Estimate, Kind


@level(title="mean", family="description", kinds={Kind.NUMERIC})
def mean(column: ColumnProfile) -> Estimate | None:
    """Arithmetic mean of the finite values, with Student's t-interval.

    In the column's unit. Assumes independent rows; with very heavy tails the interval is too narrow on small batches.
    Source: Student (1908).

    >>> from driftline.testing.examples import measure
    >>> print(measure("mean", [1, 2, 3, 4, 5]))
    3 (1.037 to 4.963), n = 5
    """
    moments = column.get(Moments)
    return Estimate.from_interval(intervals.mean(moments.mean, moments.m2, moments.n), moments.n)
