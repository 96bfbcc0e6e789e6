"""What the drift of one column would do to the mean absolute error of a regression."""

from driftline.metrics.base_impact import change_of_error, impact
from driftline.profiles.profile import ColumnProfile
from driftline.types import Estimate, Task


@impact(title="estimated effect on the mean absolute error", tasks={Task.REGRESSION})
def mae_impact(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """By how much the drift of this column alone would raise the mean absolute error, in the target's unit.

    The reference says how wrong the model is within each of about ten groups of the column's values; the rows of now
    weigh the groups anew. Needs no labels of now, and cannot see concept drift: within a group the model is taken to be
    as wrong as it was. Columns that drift together each have the whole effect, so effects do not add up. Below 0 the
    rows became easier. The interval covers the sampling of both sides and of the groups' errors. Described only; the
    findings tell it, and are ordered by it. Source: Holt & Smith (1979).

    >>> from driftline.testing.examples import measure
    >>> far = ([0] * 9 + [1]) * 20
    >>> rows = {"far": far, "target": range(200), "prediction": [at + 1 + 2 * more for at, more in enumerate(far)]}
    >>> print(measure("mae_impact", rows | {"far": [0, 1] * 100}, rows))
    0.765 (0.611 to 0.92), n = 200
    """
    return change_of_error(current, reference)
