"""Wasserstein distance, scaled between the reference and the current rows."""

from driftline.metrics.base_drift import drift
from driftline.metrics.base_wasserstein import transport
from driftline.profiles.profile import ColumnProfile
from driftline.types import Estimate, Kind


@drift(title="Wasserstein distance, scaled", kinds={Kind.NUMERIC}, unit="sd", threshold=0.2)
def wasserstein_scaled(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Wasserstein distance divided by the reference's robust standard deviation, from 0.

    The scale is the interquartile range over 1.349; the classic standard deviation where that is 0.

    From counts and sums in about 256 bins: exact where values lie on the edges or rows are few; what a bin can hide is
    in the interval. Finite values only. The p-value is by moments of the distance under no drift. Source: Kantorovich
    (1942); Vallender (1974).

    >>> from driftline.testing.examples import measure
    >>> print(measure("wasserstein_scaled", list(range(20, 120)), list(range(200))))
    0.459 (0.34 to 0.578), n = 100
    """
    (value, low, high, p_value), n = transport(current, reference)
    scale = current.plan.scale
    return Estimate.from_interval((value / scale, low / scale, high / scale, p_value), n)
