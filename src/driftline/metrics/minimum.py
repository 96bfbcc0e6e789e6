"""Smallest value of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.types import Estimate, Kind


@level(title="smallest value", family="description", kinds={Kind.NUMERIC})
def minimum(column: ColumnProfile) -> Estimate | None:
    """Smallest value among the finite ones, in the column's unit. Exact; it has no interval.

    >>> from driftline.testing.examples import measure
    >>> print(measure("minimum", [3.5, 1.5, 2.5]))
    1.5, n = 3
    """
    moments = column.get(Moments)
    return Estimate(value=moments.minimum, n=moments.n)
