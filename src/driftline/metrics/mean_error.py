"""Mean error of a regression."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate


@performance.regression(title="mean error", needs=Regression, worse="both")
def mean_error(profile: Profile) -> Estimate | None:
    """Mean of prediction - target, in the target's unit: the bias of the model; below 0 it predicts too little.

    Student's t-interval; described only. Assumes independent rows.

    >>> from driftline.testing.examples import measure
    >>> print(measure("mean_error", {"target": [10, 20, 30, 40], "prediction": [12, 19, 33, 40]}))
    1 (-1.905 to 3.905), n = 4
    """
    errors = profile.get(Regression)
    return Estimate.from_interval(intervals.mean(errors.mean[0], errors.comoments[0, 0], errors.n), errors.n)
