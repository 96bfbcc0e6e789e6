"""Infinite values, as a share of the rows."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.stats import intervals
from driftline.types import Estimate, Kind


@level(
    title="infinite values",
    family="quality",
    unit="share",
    low=0,
    high=1,
    threshold=0.01,
    relative=0.0,
    kinds={Kind.NUMERIC},
    windowed=True,
)
def infinite(column: ColumnProfile) -> Estimate | None:
    """Share of rows that hold plus or minus infinity, 0 to 1, with Wilson's score interval.

    Judged for becoming more than in the reference by over 1 point. Source: Wilson (1927).
    """
    counts = column.counts
    return Estimate.from_interval(
        intervals.wilson(counts.positive_infinite + counts.negative_infinite, counts.rows), counts.rows
    )
