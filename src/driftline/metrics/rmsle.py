"""Root mean squared logarithmic error of a regression."""

import numpy as np

from driftline import humanize
from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scaled_errors import ScaledErrors
from driftline.stats import intervals
from driftline.types import Estimate


@performance.error(title="root mean squared logarithmic error", needs=ScaledErrors, unit="nats", judged=False)
def rmsle(profile: Profile) -> Estimate | None:
    """Root of the mean of (log(1 + prediction) - log(1 + target))², from 0: the typical error as a ratio, in nats.

    Rows whose target or prediction is -1 or less do not count; the reason says how many. The interval is the root of
    the t-interval of the mean square (measured coverage of 95 %: 93 to 95 % for 100 rows and more; 70 to 91 % where
    predictions come near -1, for few rows carry most of the mean). Judged on request, for being over 10 % worse than
    in the reference. Assumes independent rows.

    >>> from driftline.testing.examples import measure
    >>> print(measure("rmsle", {"target": [10, 20, 30, 40], "prediction": [12, 19, 33, 40]}))
    0.0985 (0 to 0.173), n = 4
    """
    errors = profile.get(ScaledErrors)
    n = int(errors.n[1])
    square = intervals.mean(float(errors.mean[1]), float(errors.m2[1]), n)
    left_out = f"{humanize.count(errors.outside, 'row')} at -1 or less left out" if errors.outside else ""
    return Estimate.from_interval(tuple(np.sqrt(np.maximum(square, 0.0)).tolist()), n, says=left_out)
