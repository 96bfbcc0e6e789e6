"""Mean error of a regression."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="mean error",
    family="performance",
    health=Health.MODEL,
    on="table",
    needs=Regression,
    tasks={Task.REGRESSION},
    by_segment=True,
    windowed=True,
    worse="both",
)
def mean_error(profile: Profile) -> Estimate | None:
    """Mean of prediction - target, in the target's unit: the bias of the model; below 0 it predicts too little.

    Student's t-interval; described only. Assumes independent rows.
    """
    errors = profile.get(Regression)
    return Estimate.from_interval(intervals.mean(errors.mean[0], errors.comoments[0, 0], errors.n), errors.n)
