"""Expected calibration error of a binary classification."""

import numpy as np

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scored import Scored
from driftline.stats import score_quality
from driftline.types import Estimate, Role


@performance.probability(title="expected calibration error", unit="share", worse="up", judged=False)
def ece(profile: Profile) -> Estimate | None:
    """Mean distance between the mean score and the share of positives, over about ten groups of the reference's scores.

    0 to 1, 0 for a calibrated model; less what chance adds to it, which is much with few rows. The interval takes off
    between the most that chance may add and nothing (measured coverage of 95 %: 94 to 100 %). Judged on request, for
    being over 5 points worse than in the reference: the Brier score and log-loss are judged and see it, too. Source:
    Naeini, Cooper & Hauskrecht (2015); Kumar, Liang & Ma (2019).

    >>> from driftline.testing.examples import measure
    >>> print(measure("ece", {"target": [0, 1, 0, 1] * 25, "score": [0.1, 0.9, 0.4, 0.3] * 25}))
    0.325 (0.263 to 0.386), n = 100
    """
    scored, groups = profile.get(Scored), profile.plan.require_role(Role.SCORE).groups
    rows, positives, sums = (
        np.bincount(groups, weights=part) for part in (scored.counts.sum(axis=0), scored.counts[1], scored.sums)
    )
    return Estimate.from_interval(score_quality.calibration_error(rows, positives, sums), scored.n)
