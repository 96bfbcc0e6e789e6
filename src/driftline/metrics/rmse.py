"""Root mean squared error of a regression."""

import numpy as np

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate, Health, Level, Task


@level(
    title="root mean squared error",
    family="performance",
    health=Health.MODEL,
    on="table",
    needs=Regression,
    tasks={Task.REGRESSION},
    by_segment=True,
    windowed=True,
    most=Level.WARNING,
    low=0,
    threshold=0.0,
    relative=0.1,
)
def rmse(profile: Profile) -> Estimate | None:
    """Root of the mean of (prediction - target)², in the target's unit, from 0, over rows that have both.

    The interval is the root of the t-interval of the mean square, so it is wide where few rows carry the error. Judged
    for being over 10 % worse than in the reference, with a warning at most: squares hang on a few rows. Assumes
    independent rows.
    """
    errors = profile.get(Regression)
    square = intervals.mean(errors.mean[2], errors.comoments[2, 2], errors.n)
    return Estimate.from_interval(tuple(np.sqrt(np.maximum(square, 0.0)).tolist()), errors.n)
