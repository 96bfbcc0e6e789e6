"""Mean absolute error of a regression."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate


@performance.error(title="mean absolute error", needs=Regression)
def mae(profile: Profile) -> Estimate | None:
    """Mean of |prediction - target|, in the target's unit, from 0, over rows that have both.

    Student's t-interval; judged for being over 10 % worse than in the reference. Assumes independent rows.

    >>> from driftline.testing.examples import measure
    >>> print(measure("mae", {"target": [10, 20, 30, 40], "prediction": [12, 19, 33, 40]}))
    1.5 (-0.554 to 3.554), n = 4
    """
    errors = profile.get(Regression)
    return Estimate.from_interval(intervals.mean(errors.mean[1], errors.comoments[1, 1], errors.n), errors.n)
