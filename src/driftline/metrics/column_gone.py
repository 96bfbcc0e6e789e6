"""A column of the reference that did not come."""

from driftline.metrics.base import distance
from driftline.metrics.base_schema import new_names
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.formats import Formats
from driftline.types import Estimate


@distance(title="column gone", family="schema", needs=Formats, low=0, high=1, threshold=0.0, certain=True)
def column_gone(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """1 when the column is in no current row while the reference has it, else 0. A fact, not an estimate.

    0 where it probably came under another name: see `column_renamed`.

    >>> from driftline.testing.examples import measure
    >>> print(measure("column_gone", {"y": [1, 2, 3]}, {"x": [1, 2, 3], "y": [1, 2, 3]}, column="x"))
    1, n = 3
    """
    gone = reference.n > 0 and current.n == 0 and current.plan.name not in new_names(current.get(Formats))
    says = f"the reference has it as {reference.plan.column.dtype}" if gone else ""
    return Estimate(value=float(gone), n=reference.n, says=says)
