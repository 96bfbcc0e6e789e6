"""Balanced accuracy of a classification, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.stats.classification import balanced_accuracy
from driftline.types import Estimate, Task


@estimate.share(title="estimated balanced accuracy", unit="share", tasks={Task.BINARY, Task.MULTICLASS}, judged=False)
def estimated_balanced_accuracy(current: Profile, reference: Profile) -> Estimate | None:
    """Mean over the classes of the share of their rows that will prove answered right, 0 to 1, without their labels.

    Each current row counts as positive by its score, or of many classes as right by its confidence, calibrated by the
    reference's labels, as `estimated_accuracy` explains. **Concept drift is invisible to it.** Compared with the same
    estimate over the reference's rows. Described by default; on request judged for being over 5 points lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> print(measure("estimated_balanced_accuracy", {"score": [0.4, 0.6] * 100}, past))
    0.5 (0.431 to 0.569), n = 200; reference 0.75
    """
    if reference.plan.task is Task.MULTICLASS:
        return estimate.of_classes(current, reference, balanced_accuracy)
    return estimate.of_outcomes(
        current, reference, "balanced_accuracy", lambda expected, _: expected.balanced_accuracy()
    )
