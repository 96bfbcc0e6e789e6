"""Mean absolute percentage error of a regression."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate


@performance.regression(title="mean absolute percentage error", needs=Regression, unit="share", low=0)
def mape(profile: Profile) -> Estimate | None:
    """Mean of |prediction - target| / |target|, as a share from 0, over rows whose target is not 0.

    Student's t-interval; described only, for a few targets near 0 rule it. Assumes independent rows.

    >>> from driftline.testing.examples import measure
    >>> print(measure("mape", {"target": [10, 20, 30, 40], "prediction": [12, 19, 33, 40]}))
    0.0875 (-0.0484 to 0.223), n = 4
    """
    errors = profile.get(Regression)
    result = intervals.mean(errors.mean_relative, errors.m2_relative, errors.n_relative)
    return Estimate.from_interval(result, errors.n_relative)
