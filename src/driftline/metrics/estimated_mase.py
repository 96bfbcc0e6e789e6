"""Mean absolute scaled error of a forecast, estimated before its labels are known."""

import dataclasses
import math

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.first_steps import FirstSteps
from driftline.types import Estimate, Task


@estimate.error(title="estimated mean absolute scaled error", tasks={Task.REGRESSION}, needs=FirstSteps, judged=False)
def estimated_mase(current: Profile, reference: Profile) -> Estimate | None:
    """Mean absolute error that the current rows will have, divided by that of the naive forecast on the reference.

    The estimate is `estimated_mae`, the naive error that of `mase`. **Concept drift is invisible to it.** Compared with
    the same estimate over the reference's rows. Described by default; on request, with a loss model, judged for being
    over 10 % larger. Source: Hyndman & Koehler (2006).

    >>> from datetime import datetime, timedelta
    >>> from driftline.testing.examples import measure
    >>> days = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(200)]
    >>> past = {"timestamp": days, "target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_mase", {"timestamp": days[:100], "prediction": [100] * 75 + [10] * 25}, past))
    0.0838 (0.0766 to 0.0909), n = 100; reference 0.0628
    """
    naive = reference.get(FirstSteps).naive_error()
    error = estimate.of_errors(current, reference, power=1)
    if error is None:
        return None
    was = error.reference
    return dataclasses.replace(_scale(error, naive), reference=None if was is None else _scale(was, naive))


def _scale(error: Estimate, naive: float) -> Estimate:
    if not 0 < naive < math.inf:
        why = "the reference's target does not change with time"
        return dataclasses.replace(error, value=None, low=None, high=None, why=why)
    value, low, high = (None if end is None else end / naive for end in (error.value, error.low, error.high))
    return dataclasses.replace(error, value=value, low=low, high=high)
