"""Number of distinct values."""

from driftline.metrics.base import level
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.distinct import Distinct
from driftline.types import Estimate


@level(title="distinct values", family="description", unit="values", low=0)
def distinct(column: ColumnProfile) -> Estimate | None:
    """Number of distinct values, without missing ones.

    Exact below 1,024 (131,072 for ids); beyond, estimated from the smallest hashes with a 95 % interval. Source: Beyer,
    Haas, Reinwald, Sismanis & Gemulla (2007).

    >>> from driftline.testing.examples import measure
    >>> print(measure("distinct", ["red", "blue", "red", "green"]))
    3, n = 4
    """
    return Estimate.from_interval(column.get(Distinct).estimate(), column.counts.values)
