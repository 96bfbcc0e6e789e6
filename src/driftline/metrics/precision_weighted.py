"""Precision of a multiclass classification, weighted by class."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import classification
from driftline.types import Estimate, Health, Task


@level(
    title="weighted precision", family="performance", health=Health.MODEL,
    on="table", needs=Confusion, tasks={Task.MULTICLASS}, by_segment=True, windowed=True,
    unit="share", low=0, high=1, worse="down", threshold=0.05, judged=False,
)  # fmt: skip
def precision_weighted(profile: Profile) -> Estimate | None:
    """Mean over the classes of precision, each weighing as its true rows do, 0 to 1; a class never predicted has 0.

    The interval is by the delta method on Wilson's scale (measured coverage of 95 %: 91 to 97 % for 100 rows and more).
    Judged on request, for being over 5 points lower than in the reference. The micro average is the accuracy.
    """
    confusion = profile.get(Confusion)
    matrix = confusion.matrix
    return Estimate.from_interval(classification.weighted(classification.apart(matrix), "precision"), int(matrix.sum()))
