"""Population stability index between the reference and the current rows."""

from driftline.metrics.base import VALUES
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.stats import divergence
from driftline.types import Estimate


@drift(title="population stability index", kinds=VALUES, threshold=0.2, by_segment=True)
def psi(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Population stability index: the sum of (p - q) ln(p / q) over about ten groups of values, in nats, from 0.

    The groups hold a tenth of the reference each (a heavy value has its own; of categories each with 1 % or more, up
    to 30); missing, infinite, unreadable and new values are groups as well. The bias that samples without any drift
    show is taken off, so 0 means none was seen; 0.1 to 0.25 is commonly read as moderate, more as large. The interval
    is by the delta method, the p-value by Pearson's chi-square on the groups. Source: Jeffreys (1946); Yurdakul &
    Naranjo (2020).

    >>> from driftline.testing.examples import measure
    >>> print(measure("psi", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.151 (0.0391 to 0.49), n = 100
    """
    return Estimate.from_interval(divergence.psi(current.grouped, reference.grouped), current.sample_size)
