"""Mean absolute percentage error of a regression."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="mean absolute percentage error",
    family="performance",
    health=Health.MODEL,
    on="table",
    needs=Regression,
    tasks={Task.REGRESSION},
    by_segment=True,
    windowed=True,
    unit="share",
    low=0,
)
def mape(profile: Profile) -> Estimate | None:
    """Mean of |prediction - target| / |target|, as a share from 0, over rows whose target is not 0.

    Student's t-interval; described only, for a few targets near 0 rule it. Assumes independent rows.
    """
    errors = profile.get(Regression)
    found = intervals.mean(errors.mean_relative, errors.m2_relative, errors.n_relative)
    return Estimate.from_interval(found, errors.n_relative)
