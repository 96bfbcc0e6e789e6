"""Ids that come more than once."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.distinct import Distinct
from driftline.stats import intervals
from driftline.types import Estimate, Role


@level(
    title="duplicate ids",
    family="quality",
    roles={Role.ID},
    unit="share",
    low=0,
    high=1,
    threshold=0.001,
    windowed=True,
)
def duplicates(column: ColumnProfile) -> Estimate | None:
    """Share of rows whose id came before, 0 to 1, with Wilson's score interval.

    Exact up to 131,072 distinct ids; beyond, from a uniform sample of that many ids. Judged for becoming more than in
    the reference by over 0.1 %. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("duplicates", {"id": [1, 2, 3, 3]}, id="id"))
    0.25 (0.0456 to 0.699), n = 4
    """
    ids = column.get(Distinct)
    repeated, rows = ids.repeated()
    value, low, high = intervals.wilson(repeated, rows)
    return Estimate(value=value, low=low, high=high, n=rows, says=f"{repeated:,} repeat an earlier id")
