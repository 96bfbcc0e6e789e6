"""Explained variance of a regression."""

import numpy as np

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate, Role


@performance.regression(title="explained variance", needs=Regression, high=1, worse="down", threshold=0.1, judged=False)
def explained_variance(profile: Profile) -> Estimate | None:
    """1 - variance of the error / variance of the target, up to 1: R² of the model once its mean error is taken out.

    The interval is by the delta method on the means of error, target and their squares, for the logarithm of the share
    not explained (measured coverage of 95 %: 91 to 95 % for normal rows; 84, 88 and 91 % for 100, 300 and 1,000 rows
    whose error grows with a log-normal target). Judged on request, for being over 0.1 lower than in the reference.
    Assumes independent rows.

    >>> from driftline.testing.examples import measure
    >>> print(measure("explained_variance", {"target": [10, 20, 30, 40], "prediction": [12, 19, 33, 40]}))
    0.98 (0.902 to 0.996), n = 4
    """
    errors = profile.get(Regression)
    if errors.n < 2:
        return Estimate(value=None, n=errors.n)
    scale = errors.plan.require_role(Role.TARGET).scale
    with np.errstate(over="ignore", invalid="ignore"):
        spread, variance = errors.comoments[[0, 3], [0, 3]] / errors.n
        if not variance > 0:
            return Estimate(value=None, n=errors.n, why="the target does not vary")
        ratio = spread / scale / scale / variance
        slope = np.array([
            2 * errors.mean[0] / scale / scale / variance, 0.0, -1 / scale / scale / variance,
            -2 * errors.mean[3] * ratio / variance, ratio / variance,
        ])  # fmt: skip
        _, low, high = intervals.delta(1.0, slope / max(ratio, 1e-300), errors.comoments / (errors.n - 1), errors.n)
        reach = np.exp((high - low) / 2)
        found = 1 - ratio, 1 - ratio * reach, 1 - ratio / reach
    return Estimate.from_interval(found, errors.n, why="the errors are too large to be squared")
