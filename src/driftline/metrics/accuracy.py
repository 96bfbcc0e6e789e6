"""Accuracy of a classification."""

from driftline.metric import level
from driftline.profile import Profile
from driftline.sketches.confusion import Confusion
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="accuracy",
    family="performance",
    health=Health.MODEL,
    on="table",
    needs=Confusion,
    tasks={Task.BINARY, Task.MULTICLASS},
    low=0,
    high=1,
    unit="share",
    worse="down",
    threshold=0.05,
    by_segment=True,
    windowed=True,
)
def accuracy(profile: Profile) -> Estimate | None:
    """Share of rows whose predicted class is the true one, 0 to 1, with Wilson's score interval.

    Judged for being over 5 points lower than in the reference. Source: Wilson (1927).
    """
    matrix = profile.get(Confusion).matrix
    right = int(matrix.diagonal()[:-1].sum())  # the last class gathers all others: not known to agree
    return Estimate.of(intervals.wilson(right, int(matrix.sum())), int(matrix.sum()))
