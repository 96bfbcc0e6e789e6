"""Zeros, as a share of the rows."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.stats import intervals
from driftline.types import Estimate, Kind


@level(title="zeros", family="quality", kinds={Kind.NUMERIC}, unit="share", low=0, high=1, threshold=0.05, judged=False)
def zeros(column: ColumnProfile) -> Estimate | None:
    """Share of rows that are exactly 0 (or -0), 0 to 1, with Wilson's score interval.

    Shown, not judged by default, for the drift of the column takes a heavy 0 as a group of its own; on request it is
    judged for becoming more than in the reference by over 5 points. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("zeros", [0, 1.5, 2.5, 3.5] * 25))
    0.25 (0.175 to 0.343), n = 100
    """
    return Estimate.from_interval(intervals.wilson(column.get(Moments).zeros, column.sample_size), column.sample_size)
