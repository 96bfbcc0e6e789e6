"""Missing values, as a share of the rows."""

from dataclasses import replace

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.stats import intervals
from driftline.types import Estimate, Role


@level(
    title="missing values",
    family="quality",
    unit="share",
    low=0,
    high=1,
    threshold=0.02,
    relative=0.25,
    by_segment=True,
    windowed=True,
)
def missing(column: ColumnProfile) -> Estimate | None:
    """Share of rows without a value (null), 0 to 1, with Wilson's score interval.

    Judged for becoming more than in the reference: by over 2 points plus a quarter of the reference's share. Not judged
    of the target, whose labels may still come. Assumes independent rows. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("missing", ["a", None, "b", "b"] * 25))
    0.25 (0.175 to 0.343), n = 100
    """
    counts = column.counts
    share = Estimate.from_interval(intervals.wilson(counts.null, counts.rows), counts.rows)
    return replace(share, judged=column.plan.role is not Role.TARGET)
