"""Specificity of a binary classification."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import intervals
from driftline.types import Estimate, Task


@performance.classification(title="specificity", tasks={Task.BINARY}, judged=False)
def specificity(profile: Profile) -> Estimate | None:
    """Of the rows that are truly negative, the share predicted so, 0 to 1, with Wilson's score interval.

    Also called the true negative rate; 1 less it is the false positive rate. Judged on request, for being over 5 points
    lower than in the reference. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("specificity", {"target": [0, 0, 1, 1, 1] * 20, "prediction": [0, 1, 1, 1, 0] * 20}))
    0.5 (0.352 to 0.648), n = 40
    """
    confusion = profile.get(Confusion)
    at = confusion.positive
    if at is None:
        return None
    negative = int(confusion.matrix.sum() - confusion.matrix[at].sum())
    _, false_alarms, _ = confusion.binary
    return Estimate.from_interval(intervals.wilson(negative - false_alarms, negative), negative)
