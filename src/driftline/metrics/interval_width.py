"""Width of the prediction intervals."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.prediction_intervals import PredictionIntervals
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="width of the prediction interval", family="performance", health=Health.MODEL,
    on="table", needs=PredictionIntervals, tasks={Task.REGRESSION}, by_segment=True, windowed=True,
    low=0, threshold=0.0, relative=0.1, judged=False,
)  # fmt: skip
def interval_width(profile: Profile) -> Estimate | None:
    """Mean of upper - lower end, in the target's unit, from 0, over rows with a target and two finite ends.

    Read it with the coverage: wider intervals hold more. Student's t-interval; judged on request, for being over 10 %
    wider than in the reference. Assumes independent rows.
    """
    kept = profile.get(PredictionIntervals)
    value, low, high = intervals.mean(kept.mean, kept.m2, kept.n)
    return Estimate.from_interval((value, max(0.0, low), high), kept.n)
