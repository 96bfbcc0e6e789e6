"""Brier score of a binary classification."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scored import Scored
from driftline.stats import intervals
from driftline.types import Estimate, Task


@performance.error(title="Brier score", needs=Scored, tasks={Task.BINARY}, high=1, judged=False)
def brier(profile: Profile) -> Estimate | None:
    """Mean of (score - label)², where the label is 1 for the positive class and else 0; 0 to 1.

    Rows whose score is not in 0 to 1 do not count. Student's t-interval (measured coverage of 95 %: 93 to 96 % for 100
    rows and more, less where nearly all scores are near 0 or 1). Described by default, beside the log-loss; on request
    judged for being over 10 % worse than in the reference. Source: Brier (1950).

    >>> from driftline.testing.examples import measure
    >>> print(measure("brier", {"target": [0, 1, 0, 1] * 25, "score": [0.1, 0.9, 0.4, 0.3] * 25}))
    0.168 (0.128 to 0.207), n = 100
    """
    scored = profile.get(Scored)
    value, low, high = intervals.mean(float(scored.mean[1]), float(scored.m2[1]), scored.n)
    return Estimate.from_interval((value, max(0.0, low), min(1.0, high)), scored.n)
