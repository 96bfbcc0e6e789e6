"""Mean absolute scaled error of a forecast."""

import dataclasses
import math

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.first_steps import FirstSteps
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate


@performance.relative_error(title="mean absolute scaled error", needs=FirstSteps, judged=False)
def mase(current: Profile, reference: Profile) -> Estimate | None:
    """Mean absolute error, divided by that of the naive forecast on the reference: the target as it was a step before.

    From 0; below 1 the model is better than the naive forecast. The naive error is the mean absolute step of the
    reference's target from one time to the next, over its earliest 4,096 rows; rows of one time count by their mean, so
    it suits tables of one series. Student's t-interval of the error, with the naive error taken as known; judged on
    request, for being over 10 % worse than in the reference, as the mean absolute error is judged. Source: Hyndman &
    Koehler (2006).

    >>> from datetime import datetime, timedelta
    >>> from driftline.testing.examples import measure
    >>> days = [datetime(2024, 1, 1) + timedelta(days=day) for day in range(6)]
    >>> print(measure("mase", {"timestamp": days, "target": [1.5, 3, 2, 5, 4, 6], "prediction": [1, 2, 2, 4, 5, 6]}))
    0.343 (0.0397 to 0.647), n = 6; reference 0.343
    """
    naive = reference.get(FirstSteps).naive_error()
    now, was = (_scaled(side.get(Regression), naive) for side in (current, reference))
    return dataclasses.replace(now, reference=was)


def _scaled(errors: Regression, naive: float) -> Estimate:
    if not 0 < naive < math.inf:
        return Estimate(value=None, n=errors.n, why="the reference's target does not change with time")
    result = intervals.mean(errors.mean[1], errors.comoments[1, 1], errors.n)
    value, low, high = (each / naive if each < math.inf * naive else math.nan for each in result)
    return Estimate.from_interval((value, max(0.0, low), high), errors.n)
