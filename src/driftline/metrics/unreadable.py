"""Unreadable values, as a share of the rows."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.stats import intervals
from driftline.types import Estimate, Kind


@level(
    title="unreadable values",
    family="quality",
    unit="share",
    low=0,
    high=1,
    threshold=0.01,
    relative=0.0,
    kinds={Kind.NUMERIC, Kind.DATETIME},
    windowed=True,
)
def unreadable(column: ColumnProfile) -> Estimate | None:
    """Share of rows whose value cannot be read as the kind that the column has in the reference, 0 to 1.

    Text where numbers were, for example. Wilson's score interval; judged for becoming more than in the reference by
    over 1 point. Source: Wilson (1927).
    """
    counts = column.counts
    return Estimate.from_interval(intervals.wilson(counts.invalid, counts.rows), counts.rows)
