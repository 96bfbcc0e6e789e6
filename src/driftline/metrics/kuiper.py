"""Kuiper's distance between the reference and the current rows."""

from driftline.metrics.base_drift import drift
from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import ecdf
from driftline.types import Estimate, Kind


@drift(title="Kuiper distance", kinds={Kind.NUMERIC}, high=1, threshold=0.15)
def kuiper(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Kuiper's distance: the largest gap above plus the largest below between two cumulative distributions, 0 to 1.

    Of the finite values. Unlike the Kolmogorov-Smirnov distance it sees the tails as well as the middle, and is the
    same wherever a cycle (hours, angles) is cut. Known at about 256 edges of the reference: exact where values lie on
    them, and else the interval holds what could hide between two. The interval is the band that holds the distance with
    95 % (wide on purpose); the p-value is the asymptotic one. Source: Kuiper (1960); Stephens (1970).

    >>> from driftline.testing.examples import measure
    >>> print(measure("kuiper", list(range(20, 120)), list(range(200))))
    0.5 (0.286 to 0.714), n = 100
    """
    now, was = distributions(current, reference)
    return Estimate.from_interval(ecdf.kuiper(now.counts, was.counts), now.n)
