"""Specificity of a binary classification."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="specificity", family="performance", health=Health.MODEL,
    on="table", needs=Confusion, tasks={Task.BINARY}, by_segment=True, windowed=True,
    unit="share", low=0, high=1, worse="down", threshold=0.05, judged=False,
)  # fmt: skip
def specificity(profile: Profile) -> Estimate | None:
    """Of the rows that are truly negative, the share predicted so, 0 to 1, with Wilson's score interval.

    Also called the true negative rate; 1 less it is the false positive rate. Judged on request, for being over 5 points
    lower than in the reference. Source: Wilson (1927).
    """
    confusion = profile.get(Confusion)
    at = confusion.positive
    if at is None:
        return None
    negative = int(confusion.matrix.sum() - confusion.matrix[at].sum())
    _, false_alarms, _ = confusion.binary
    return Estimate.from_interval(intervals.wilson(negative - false_alarms, negative), negative)
