"""What the drift of one column would do to the accuracy of a classification."""

from driftline.metrics.base_impact import change_of_error, impact
from driftline.profiles.profile import ColumnProfile
from driftline.types import Estimate, Task


@impact(title="estimated effect on the accuracy", unit="share", tasks={Task.BINARY, Task.MULTICLASS})
def accuracy_impact(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """By how much the drift of this column alone would raise the accuracy, -1 to 1; below 0 it costs so much.

    As `mae_impact`, with the share of right answers in place of the error. Described only; the findings tell it, and
    are ordered by it. Source: Holt & Smith (1979).

    >>> from driftline.testing.examples import measure
    >>> far = ([0] * 9 + [1]) * 20
    >>> rows = {"far": far, "target": [0, 1] * 100, "prediction": [(at + more) % 2 for at, more in enumerate(far)]}
    >>> print(measure("accuracy_impact", rows | {"far": [0, 1] * 100}, rows))
    -0.383 (-0.46 to -0.305), n = 200
    """
    estimate = change_of_error(current, reference)
    if estimate is None or estimate.value is None or estimate.low is None or estimate.high is None:
        return estimate
    return Estimate.from_interval((-estimate.value, -estimate.high, -estimate.low), estimate.n)
