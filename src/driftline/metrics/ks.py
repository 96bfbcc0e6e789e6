"""Kolmogorov-Smirnov distance between the reference and the current rows."""

from driftline.metrics.base_drift import drift
from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import ecdf
from driftline.types import Estimate, Kind


@drift(title="Kolmogorov-Smirnov distance", kinds={Kind.NUMERIC}, high=1, threshold=0.15)
def ks(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Largest gap between the two cumulative distributions of the finite values, 0 to 1.

    Known exactly at about 256 edges of the reference, both at and just below each: exact where values lie on them or
    rows are few, and else the interval holds what could hide between two. The interval is the band that holds the gap
    with 95 % (wide on purpose); the p-value is the asymptotic one. Source: Kolmogorov (1933); Smirnov (1939); Stephens
    (1970).

    >>> from driftline.testing.examples import measure
    >>> print(measure("ks", list(range(20, 120)), list(range(200))))
    0.4 (0.234 to 0.566), n = 100
    """
    now, was = distributions(current, reference)
    return Estimate.from_interval(ecdf.kolmogorov_smirnov(now.counts, was.counts), now.n)
