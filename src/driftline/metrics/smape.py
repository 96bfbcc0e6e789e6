"""Symmetric mean absolute percentage error of a regression."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scaled_errors import ScaledErrors
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="symmetric mean absolute percentage error", family="performance", health=Health.MODEL,
    on="table", needs=ScaledErrors, tasks={Task.REGRESSION}, by_segment=True, windowed=True,
    unit="share", low=0, high=2, threshold=0.0, relative=0.1, judged=False,
)  # fmt: skip
def smape(profile: Profile) -> Estimate | None:
    """Mean of 2 |prediction - target| / (|prediction| + |target|), as a share, 0 to 2 (a row of two zeros has 0).

    Student's t-interval (measured coverage of 95 %: 94 to 95 % for 100 rows and more); judged on request, for being
    over 10 % worse than in the reference. Assumes independent rows. Source: Makridakis (1993).
    """
    errors = profile.get(ScaledErrors)
    n = int(errors.n[0])
    value, low, high = intervals.mean(float(errors.mean[0]), float(errors.m2[0]), n)
    return Estimate.from_interval((value, max(0.0, low), min(2.0, high)), n)
