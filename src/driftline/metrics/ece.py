"""Expected calibration error of a binary classification."""

import numpy as np

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scored import Scored
from driftline.stats import score_quality
from driftline.types import Estimate, Health, Role, Task


@level(
    title="expected calibration error", family="performance", health=Health.MODEL,
    on="table", needs=Scored, tasks={Task.BINARY}, by_segment=True, windowed=True,
    unit="share", low=0, high=1, threshold=0.05, judged=False,
)  # fmt: skip
def ece(profile: Profile) -> Estimate | None:
    """Mean distance between the mean score and the share of positives, over about ten groups of the reference's scores.

    0 to 1, 0 for a calibrated model; less what chance adds to it, which is much with few rows. The interval takes off
    between the most that chance may add and nothing (measured coverage of 95 %: 94 to 100 %). Judged on request, for
    being over 5 points worse than in the reference: the Brier score and log-loss are judged and see it, too. Source:
    Naeini, Cooper & Hauskrecht (2015); Kumar, Liang & Ma (2019).
    """
    scored, groups = profile.get(Scored), profile.plan.require_role(Role.SCORE).groups
    rows, positives, sums = (
        np.bincount(groups, weights=part) for part in (scored.counts.sum(axis=0), scored.counts[1], scored.sums)
    )
    return Estimate.from_interval(score_quality.calibration_error(rows, positives, sums), scored.n)
