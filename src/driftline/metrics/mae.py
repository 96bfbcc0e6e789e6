"""Mean absolute error of a regression."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="mean absolute error",
    family="performance",
    health=Health.MODEL,
    on="table",
    needs=Regression,
    tasks={Task.REGRESSION},
    by_segment=True,
    windowed=True,
    low=0,
    threshold=0.0,
    relative=0.1,
)
def mae(profile: Profile) -> Estimate | None:
    """Mean of |prediction - target|, in the target's unit, from 0, over rows that have both.

    Student's t-interval; judged for being over 10 % worse than in the reference. Assumes independent rows.
    """
    errors = profile.get(Regression)
    return Estimate.from_interval(intervals.mean(errors.mean[1], errors.comoments[1, 1], errors.n), errors.n)
