"""Balanced accuracy of a classification."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import classification
from driftline.types import Estimate, Health, Task


@level(
    title="balanced accuracy", family="performance", health=Health.MODEL,
    on="table", needs=Confusion, tasks={Task.BINARY, Task.MULTICLASS}, by_segment=True, windowed=True,
    unit="share", low=0, high=1, worse="down", threshold=0.05, judged=False,
)  # fmt: skip
def balanced_accuracy(profile: Profile) -> Estimate | None:
    """Mean over the classes of the share of their rows that are predicted right, 0 to 1: every class weighs alike.

    Classes without true rows do not count. The interval joins the classes' score intervals (measured coverage of 95 %:
    92 to 96 % for 100 rows and more). Judged on request, for being over 5 points lower than in the reference. Source:
    Brodersen et al. (2010); Zou & Donner (2008).
    """
    confusion = profile.get(Confusion)
    matrix = confusion.matrix
    return Estimate.from_interval(classification.balanced(classification.apart(matrix)), int(matrix.sum()))
