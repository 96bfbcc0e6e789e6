"""5 % quantile of a numeric column."""

from driftline.metric import level
from driftline.profile import ColumnProfile
from driftline.sketches.bins import Bins
from driftline.sketches.moments import Moments
from driftline.stats import ecdf
from driftline.types import Estimate, Kind


@level(title="5 % quantile", family="description", kinds={Kind.NUMERIC})
def quantile_5(column: ColumnProfile) -> Estimate | None:
    """Value below which a twentieth of the finite values lie, with an interval from order statistics.

    In the column's unit. Exact where values lie on the plan's edges, else interpolated inside one of about 256 bins;
    the interval holds the bin's bounds. Assumes independent rows. Source: David & Nagaraja (2003).
    """
    moments = column.get(Moments)
    found = ecdf.quantile(column.plan.edges, column.get(Bins).counts, moments.minimum, moments.maximum, 0.05)
    return Estimate.of(found, moments.n)
