"""Median of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.distribution import distribution
from driftline.profiles.profile import ColumnProfile
from driftline.stats import ecdf
from driftline.types import Estimate, Kind


@level(title="median", family="description", kinds={Kind.NUMERIC})
def median(column: ColumnProfile) -> Estimate | None:
    """Value below which half of the finite values lie, with an interval from order statistics.

    In the column's unit. Exact where values lie on the plan's edges or are few, else interpolated inside one of about
    256 bins; the interval holds the bin's bounds. Assumes independent rows. Source: David & Nagaraja (2003).

    >>> from driftline.testing.examples import measure
    >>> print(measure("median", list(range(1, 100))))
    50 (40 to 60), n = 99
    """
    values = distribution(column)
    return Estimate.from_interval(ecdf.quantile(values.edges, values.counts, *values.ends, 0.5), values.n)
