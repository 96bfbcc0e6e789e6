"""Largest value of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.types import Estimate, Kind


@level(title="largest value", family="description", kinds={Kind.NUMERIC})
def maximum(column: ColumnProfile) -> Estimate | None:
    """Largest value among the finite ones, in the column's unit. Exact; it has no interval.

    >>> from driftline.testing.examples import measure
    >>> print(measure("maximum", [3.5, 1.5, 2.5]))
    3.5, n = 3
    """
    moments = column.get(Moments)
    return Estimate(value=moments.maximum, n=moments.n)
