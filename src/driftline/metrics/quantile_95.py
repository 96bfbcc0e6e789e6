"""95 % quantile of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.distribution import distribution
from driftline.profiles.profile import ColumnProfile
from driftline.stats import ecdf
from driftline.types import Estimate, Kind


@level(title="95 % quantile", family="description", kinds={Kind.NUMERIC})
def quantile_95(column: ColumnProfile) -> Estimate | None:
    """Value below which nineteen twentieths of the finite values lie, with an interval from order statistics.

    In the column's unit. Exact where values lie on the plan's edges or are few, else interpolated inside one of about
    256 bins; the interval holds the bin's bounds. Assumes independent rows. Source: David & Nagaraja (2003).

    >>> from driftline.testing.examples import measure
    >>> print(measure("quantile_95", list(range(101))))
    95 (90 to 100), n = 101
    """
    values = distribution(column)
    return Estimate.from_interval(ecdf.quantile(values.edges, values.counts, *values.ends, 0.95), values.n)
