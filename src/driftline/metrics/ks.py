"""Kolmogorov-Smirnov distance between the reference and the current rows."""

from driftline.metrics.base import distance
from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import ecdf
from driftline.types import Estimate, Kind


@distance(
    title="Kolmogorov-Smirnov distance",
    family="drift",
    kinds={Kind.NUMERIC},
    low=0,
    high=1,
    threshold=0.15,
    judged=False,
    windowed=True,
)
def ks(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Largest gap between the two cumulative distributions of the finite values, 0 to 1.

    Known exactly at about 256 edges of the reference, both at and just below each: exact where values lie on them or
    rows are few, and else the interval holds what could hide between two. The interval is the band that holds the gap
    with 95 % (wide on purpose); the p-value is the asymptotic one. Source: Kolmogorov (1933); Smirnov (1939); Stephens
    (1970).
    """
    now, was = distributions(current, reference)
    return Estimate.from_interval(ecdf.kolmogorov_smirnov(now.counts, was.counts), now.n)
