"""Jensen-Shannon distance between the reference and the current rows."""

from driftline.metrics.base import VALUES, distance
from driftline.profiles.profile import ColumnProfile
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
    """Jensen-Shannon distance: the root of the divergence of that name (bits), over about ten groups of values, 0 to 1.

    The drift that is judged by default, for columns of every kind: it is bounded, bears heavy tails and outliers,
    takes missing and new values as part of the distribution, and one threshold serves all columns. 0.15 is a shift of
    a normal column by about 0.4 of its standard deviation. The other distances are given beside it and judged on
    request.

    Groups, bias and p-value as for the population stability index, but bounded and defined where a group is empty.
    Times 0.8326, the root of ln 2, it is the distance by natural logarithms, as SciPy's is by default.
    Source: Lin (1991); Endres & Schindelin (2003).
    """
    return Estimate.from_interval(divergence.jensen_shannon(current.grouped, reference.grouped), current.n)
