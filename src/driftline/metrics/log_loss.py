"""Log-loss of a classification."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scored import Scored
from driftline.stats import intervals
from driftline.types import Estimate, Task


@performance.error(title="log-loss", needs=Scored, tasks={Task.BINARY})
def log_loss(profile: Profile) -> Estimate | None:
    """Mean negative logarithm of the probability given to the true class, in nats, from 0.

    Scores are kept 2.2e-16 away from 0 and 1. Student's t-interval; judged for being over 10 % worse than in the
    reference. Source: Good (1952).

    >>> from driftline.testing.examples import measure
    >>> print(measure("log_loss", {"target": [0, 1, 0, 1] * 25, "score": [0.1, 0.9, 0.4, 0.3] * 25}))
    0.481 (0.392 to 0.571), n = 100
    """
    scored = profile.get(Scored)
    return Estimate.from_interval(intervals.mean(float(scored.mean[0]), float(scored.m2[0]), scored.n), scored.n)
