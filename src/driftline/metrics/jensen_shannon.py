"""Jensen-Shannon distance between the reference and the current rows."""

from driftline.metric import VALUES, distance
from driftline.profile import ColumnProfile
from driftline.stats import divergence
from driftline.types import Estimate


@distance(
    title="Jensen-Shannon distance",
    family="drift",
    kinds=VALUES,
    low=0,
    high=1,
    threshold=0.15,
    windowed=True,
    by_segment=True,
)
def jensen_shannon(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Jensen-Shannon distance: the root of the Jensen-Shannon divergence in bits, over about ten groups of values, 0 to 1.

    Groups, bias and p-value as for the population stability index, but bounded and defined where a group is empty.
    Source: Lin (1991); Endres & Schindelin (2003).
    """
    return Estimate.of(divergence.jensen_shannon(current.grouped, reference.grouped), current.n)
