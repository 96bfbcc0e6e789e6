"""Width of the prediction intervals."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.prediction_intervals import PredictionIntervals
from driftline.stats import intervals
from driftline.types import Estimate


@performance.error(title="width of the prediction interval", needs=PredictionIntervals, judged=False)
def interval_width(profile: Profile) -> Estimate | None:
    """Mean of upper - lower end, in the target's unit, from 0, over rows with a target and two finite ends.

    Read it with the coverage: wider intervals hold more. Student's t-interval; judged on request, for being over 10 %
    wider than in the reference. Assumes independent rows.

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [1, 2, 3, 4], "prediction": [1, 2, 3, 3], "lower": [0, 1, 2, 2], "upper": [2, 3, 4, 3]}
    >>> print(measure("interval_width", rows))
    1.75 (0.954 to 2.546), n = 4
    """
    kept = profile.get(PredictionIntervals)
    value, low, high = intervals.mean(kept.mean, kept.m2, kept.n)
    return Estimate.from_interval((value, max(0.0, low), high), kept.n)
