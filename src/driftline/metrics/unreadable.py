"""Unreadable values, as a share of the rows."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.stats import intervals
from driftline.types import Estimate, Kind


@level(
    title="unreadable values",
    family="quality",
    kinds={Kind.NUMERIC, Kind.DATETIME},
    unit="share",
    low=0,
    high=1,
    threshold=0.01,
    windowed=True,
    weight=0.25,
)
def unreadable(column: ColumnProfile) -> Estimate | None:
    """Share of rows whose value cannot be read as the kind that the column has in the reference, 0 to 1.

    Text where numbers were, for example. Wilson's score interval; judged for becoming more than in the reference by
    over 1 point. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("unreadable", ["1.5", "2.5", "three", "3.5"] * 25, [1.5, 2.5, 3.5, 4.5] * 25))
    0.25 (0.175 to 0.343), n = 100; reference 0
    """
    counts = column.counts
    return Estimate.from_interval(intervals.wilson(counts.invalid, column.sample_size), column.sample_size)
