"""Symmetric mean absolute percentage error of a regression."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scaled_errors import ScaledErrors
from driftline.stats import intervals
from driftline.types import Estimate


@performance.error(
    title="symmetric mean absolute percentage error", needs=ScaledErrors, unit="share", high=2, judged=False
)
def smape(profile: Profile) -> Estimate | None:
    """Mean of 2 |prediction - target| / (|prediction| + |target|), as a share, 0 to 2 (a row of two zeros has 0).

    Student's t-interval (measured coverage of 95 %: 94 to 95 % for 100 rows and more); judged on request, for being
    over 10 % worse than in the reference. Assumes independent rows. Source: Makridakis (1993).

    >>> from driftline.testing.examples import measure
    >>> print(measure("smape", {"target": [10, 20, 30, 40], "prediction": [12, 19, 33, 40]}))
    0.0821 (0 to 0.205), n = 4
    """
    errors = profile.get(ScaledErrors)
    n = int(errors.n[0])
    value, low, high = intervals.mean(float(errors.mean[0]), float(errors.m2[0]), n)
    return Estimate.from_interval((value, max(0.0, low), min(2.0, high)), n)
