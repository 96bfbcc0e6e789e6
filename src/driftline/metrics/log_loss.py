"""Log-loss of a classification."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scored import Scored
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="log-loss", family="performance", health=Health.MODEL, on="table", needs=Scored, tasks={Task.BINARY},
    low=0, threshold=0.0, relative=0.1, by_segment=True, windowed=True,
)  # fmt: skip
def log_loss(profile: Profile) -> Estimate | None:
    """Mean negative logarithm of the probability given to the true class, in nats, from 0.

    Scores are kept 2.2e-16 away from 0 and 1. Student's t-interval; judged for being over 10 % worse than in the
    reference. Source: Good (1952).
    """
    scored = profile.get(Scored)
    return Estimate.from_interval(intervals.mean(float(scored.mean[0]), float(scored.m2[0]), scored.n), scored.n)
