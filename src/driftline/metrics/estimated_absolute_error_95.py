"""Absolute error that 95 % of the rows stay below, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_like_rows as like_rows
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_sizes import ExpectedSizes
from driftline.types import Estimate, Task


@estimate.error(
    title="estimated absolute error, 95% quantile", tasks={Task.REGRESSION}, needs=ExpectedSizes, judged=False
)
def estimated_absolute_error_95(current: Profile, reference: Profile) -> Estimate | None:
    """Value that |prediction - target| will stay below in 95 % of the current rows, estimated without their labels.

    The errors of like rows of the reference: rows for which the loss model expects a like error, without one those with
    a prediction of like size, as `estimated_mae` explains. **Concept drift is invisible to both.** Right to about 3 %,
    the width of the sketch's steps, within which errors are taken to be spread evenly. The interval is of what the
    labels will show: the chance in the rows, and the error of the reference's shares, widened to the steps' ends.
    Compared with the same estimate over the reference's rows. Described by default; on request, with a loss model,
    judged for being over 10 % larger.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_absolute_error_95", {"prediction": [100] * 150 + [10] * 50}, past))
    5.117 (5 to 5.125), n = 200; reference 5.112
    """
    return like_rows.of_quantile(current, reference, 0.95)
