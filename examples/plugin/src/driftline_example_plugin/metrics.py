"""A metric: how round the numbers are."""

from driftline import Estimate, level
from driftline.profiles.profile import ColumnProfile
from driftline.stats import intervals
from driftline.types import Kind
from driftline_example_plugin.sketches import WholeNumbers


@level(
    title="round numbers",
    family="quality",
    kinds={Kind.NUMERIC},
    unit="share",
    low=0,
    high=1,
    worse="both",
    threshold=0.1,
    windowed=True,
    by_segment=True,
)
def roundness(column: ColumnProfile) -> Estimate | None:
    """Share of the finite values that are whole numbers, 0 to 1, with Wilson's score interval.

    A meter that suddenly rounds, or a column that someone types in by hand, keeps its distribution and loses its
    fractions. Judged for being over 10 points more or less than in the reference. Source: Wilson (1927).
    """
    found = column.get(WholeNumbers)
    if not found.numbers:
        return Estimate(value=None, why="no finite values")
    return Estimate.from_interval(intervals.wilson(found.whole, found.numbers), found.numbers)
