"""F1 of a multiclass classification, weighted by class."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import classification
from driftline.types import Estimate, Health, Task


@level(
    title="weighted F1", family="performance", health=Health.MODEL,
    on="table", needs=Confusion, tasks={Task.MULTICLASS}, by_segment=True, windowed=True,
    unit="share", low=0, high=1, worse="down", threshold=0.05, judged=False,
)  # fmt: skip
def f1_weighted(profile: Profile) -> Estimate | None:
    """Mean over the classes of F1, each weighing as its true rows do, 0 to 1.

    The interval is by the delta method on Wilson's scale (measured coverage of 95 %: 93 to 97 % for 100 rows and more).
    Judged on request, for being over 5 points lower than in the reference. The micro average is the accuracy.
    """
    confusion = profile.get(Confusion)
    matrix = confusion.matrix
    return Estimate.from_interval(classification.weighted(classification.apart(matrix), "f1"), int(matrix.sum()))
