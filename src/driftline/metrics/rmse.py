"""Root mean squared error of a regression."""

import numpy as np

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate, Level


@performance.error(title="root mean squared error", needs=Regression, most=Level.WARNING)
def rmse(profile: Profile) -> Estimate | None:
    """Root of the mean of (prediction - target)², in the target's unit, from 0, over rows that have both.

    The interval is the root of the t-interval of the mean square, so it is wide where few rows carry the error. Judged
    for being over 10 % worse than in the reference, with a warning at most: a few rows can move a mean of
    squares. Assumes independent rows.

    >>> from driftline.testing.examples import measure
    >>> print(measure("rmse", {"target": [10, 20, 30, 40], "prediction": [12, 19, 33, 40]}))
    1.871 (0 to 3.151), n = 4
    """
    errors = profile.get(Regression)
    square = intervals.mean(errors.mean[2], errors.comoments[2, 2], errors.n)
    return Estimate.from_interval(tuple(np.sqrt(np.maximum(square, 0.0)).tolist()), errors.n)
