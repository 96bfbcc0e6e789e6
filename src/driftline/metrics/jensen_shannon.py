"""Jensen-Shannon distance between the reference and the current rows."""

from driftline.metrics.base import VALUES
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.stats import divergence
from driftline.stats.homogeneity import ordered_homogeneity_p
from driftline.types import Estimate, Kind


@drift(title="Jensen-Shannon distance", kinds=VALUES, high=1, threshold=0.15, judged=True, by_segment=True)
def jensen_shannon(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Jensen-Shannon distance: the root of the divergence of that name (bits), over about ten groups of values, 0 to 1.

    The drift that is judged by default, for columns of every kind: it is bounded, robust to heavy tails and outliers,
    takes missing and new values as part of the distribution, and one threshold serves all columns. 0.15 is a shift of
    a normal column by about 0.4 of its standard deviation. The other distances are given beside it and judged on
    request.

    Groups and bias as for the population stability index, but bounded and defined where a group is empty. The p-value
    is that of the groups; of numbers it is taken together with that of the Mann-Whitney test, with 40 and 60 % of the
    chance, for ranks show a small shift long before groups do. The distance stays that of the groups: what is small
    does not alert, however certain it is.
    Times 0.8326, the root of ln 2, it is the distance by natural logarithms, as SciPy's is by default.
    Source: Lin (1991); Endres & Schindelin (2003); Mann & Whitney (1947).

    >>> from driftline.testing.examples import measure
    >>> print(measure("jensen_shannon", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.164 (0.0838 to 0.295), n = 100
    """
    value, low, high, p_value = divergence.jensen_shannon(current.grouped, reference.grouped)
    if current.plan.kind is Kind.NUMERIC:
        p_value = ordered_homogeneity_p(p_value, current.get(Bins).counts, reference.get(Bins).counts)
    return Estimate.from_interval((value, low, high, p_value), current.sample_size)
