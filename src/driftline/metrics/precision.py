"""Precision of a classification."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import classification, intervals
from driftline.types import Estimate, Health, Task


@level(
    title="precision",
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
def precision(profile: Profile) -> Estimate | None:
    """Of the rows predicted positive, the share that are, 0 to 1; the plain mean over classes where there are more.

    Binary: an exact function of a share with its score interval; else by the delta method. Judged for being over 5
    points lower than in the reference. Source: Wilson (1927).
    """
    confusion = profile.get(Confusion)
    if confusion.positive is None:
        return Estimate.from_interval(classification.macro(confusion.matrix, "precision"), int(confusion.matrix.sum()))
    tp, fp, _ = confusion.binary
    return Estimate.from_interval(intervals.wilson(tp, tp + fp), tp + fp)
