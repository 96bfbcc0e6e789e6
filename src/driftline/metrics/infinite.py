"""Infinite values, as a share of the rows."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.stats import intervals
from driftline.types import Estimate, Kind


@level(
    title="infinite values",
    family="quality",
    kinds={Kind.NUMERIC},
    unit="share",
    low=0,
    high=1,
    threshold=0.01,
    windowed=True,
    weight=0.25,
)
def infinite(column: ColumnProfile) -> Estimate | None:
    """Share of rows that hold plus or minus infinity, 0 to 1, with Wilson's score interval.

    Judged for becoming more than in the reference by over 1 point. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("infinite", [1.5, float("inf"), 2.5, 3.5] * 25))
    0.25 (0.175 to 0.343), n = 100
    """
    counts = column.counts
    return Estimate.from_interval(
        intervals.wilson(counts.positive_infinite + counts.negative_infinite, column.sample_size), column.sample_size
    )
