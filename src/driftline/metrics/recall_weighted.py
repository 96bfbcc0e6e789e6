"""Recall of a multiclass classification, weighted by class."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import intervals
from driftline.types import Estimate, Task


@performance.classification(title="weighted recall", tasks={Task.MULTICLASS}, judged=False)
def recall_weighted(profile: Profile) -> Estimate | None:
    """Mean over the classes of recall, each weighing as its true rows do, 0 to 1: the same number as the accuracy.

    It is there for those who look for it by this name. Wilson's score interval; judged on request, for being over 5
    points lower than in the reference. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": ["cat", "dog", "dog", "cow"] * 25, "prediction": ["cat", "dog", "cat", "cow"] * 25}
    >>> print(measure("recall_weighted", rows))
    0.75 (0.657 to 0.825), n = 100
    """
    confusion = profile.get(Confusion)
    rows = int(confusion.matrix.sum())
    return Estimate.from_interval(intervals.wilson(int(confusion.matrix.diagonal().sum()), rows), rows)
