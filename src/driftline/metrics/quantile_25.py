"""25 % quantile of a numeric column."""

from driftline.metrics.base import level
from driftline.profiles.distribution import distribution
from driftline.profiles.profile import ColumnProfile
from driftline.stats import ecdf
from driftline.types import Estimate, Kind


@level(title="25 % quantile", family="description", kinds={Kind.NUMERIC})
def quantile_25(column: ColumnProfile) -> Estimate | None:
    """Value below which a quarter of the finite values lie, with an interval from order statistics.

    In the column's unit. Exact where values lie on the plan's edges or are few, else interpolated inside one of about
    256 bins; the interval holds the bin's bounds. Assumes independent rows. Source: David & Nagaraja (2003).

    >>> from driftline.testing.examples import measure
    >>> print(measure("quantile_25", list(range(101))))
    25 (16 to 34), n = 101
    """
    values = distribution(column)
    return Estimate.from_interval(ecdf.quantile(values.edges, values.counts, *values.ends, 0.25), values.n)
