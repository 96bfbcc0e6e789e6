"""Smallest value of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.types import Estimate, Kind


@level(title="smallest value", family="description", kinds={Kind.NUMERIC})
def minimum(column: ColumnProfile) -> Estimate | None:
    """Smallest value among the finite ones, in the column's unit. Exact; it has no interval."""
    moments = column.get(Moments)
    return Estimate(value=moments.minimum, n=moments.n)
