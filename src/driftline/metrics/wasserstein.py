"""Wasserstein distance between the reference and the current rows."""

from driftline.metrics.base_drift import drift
from driftline.metrics.base_wasserstein import transport
from driftline.profiles.profile import ColumnProfile
from driftline.types import Estimate, Kind


@drift(title="Wasserstein distance", kinds={Kind.NUMERIC}, windowed=False)
def wasserstein(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Mean distance that values must move to turn one distribution into the other, in the column's unit, from 0.

    From counts and sums in about 256 bins: exact where values lie on the edges or rows are few; what a bin can hide is
    in the interval. Finite values only. The p-value is by moments of the distance under no drift. Source: Kantorovich
    (1942); Vallender (1974).

    >>> from driftline.testing.examples import measure
    >>> print(measure("wasserstein", list(range(20, 120)), list(range(200))))
    34 (25.231 to 42.86), n = 100
    """
    result, n = transport(current, reference)
    return Estimate.from_interval(result, n)
