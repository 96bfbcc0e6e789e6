"""Matthews correlation of a classification, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.stats.classification import matthews
from driftline.types import Estimate, Task


@estimate.share(
    title="estimated Matthews correlation", low=-1, threshold=0.1, tasks={Task.BINARY, Task.MULTICLASS}, judged=False
)
def estimated_matthews(current: Profile, reference: Profile) -> Estimate | None:
    """Correlation that predicted and true class will have, -1 to 1, estimated without the labels.

    Each current row counts as positive by its score, or of many classes as right by its confidence, calibrated by the
    reference's labels, as `estimated_accuracy` explains. **Concept drift is invisible to it.** Compared with the same
    estimate over the reference's rows. The interval is on Fisher's scale, of many classes on Wilson's. Described by
    default; on request judged for being over 0.1 lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> print(measure("estimated_matthews", {"score": [0.4, 0.6] * 100}, past))
    0 (-0.138 to 0.138), n = 200; reference 0.5
    """
    if reference.plan.task is Task.MULTICLASS:
        return estimate.of_classes(current, reference, matthews)
    return estimate.of_outcomes(current, reference, "matthews", lambda expected, _: expected.matthews())
