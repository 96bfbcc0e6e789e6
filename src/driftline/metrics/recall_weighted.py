"""Recall of a multiclass classification, weighted by class."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="weighted recall", family="performance", health=Health.MODEL,
    on="table", needs=Confusion, tasks={Task.MULTICLASS}, by_segment=True, windowed=True,
    unit="share", low=0, high=1, worse="down", threshold=0.05, judged=False,
)  # fmt: skip
def recall_weighted(profile: Profile) -> Estimate | None:
    """Mean over the classes of recall, each weighing as its true rows do, 0 to 1: the same number as the accuracy.

    It is there for those who look for it by this name. Wilson's score interval; judged on request, for being over 5
    points lower than in the reference. Source: Wilson (1927).
    """
    confusion = profile.get(Confusion)
    rows = int(confusion.matrix.sum())
    return Estimate.from_interval(intervals.wilson(int(confusion.matrix.diagonal()[:-1].sum()), rows), rows)
