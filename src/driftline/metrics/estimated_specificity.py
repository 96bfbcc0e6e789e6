"""Specificity of a binary classification, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.types import Estimate


@estimate.share(title="estimated specificity", unit="share", judged=False)
def estimated_specificity(current: Profile, reference: Profile) -> Estimate | None:
    """Of the current rows that will prove negative, the share answered so, 0 to 1, estimated without their labels.

    Each current row counts as positive by its score, calibrated by the reference's labels, as `estimated_accuracy`
    explains. **Concept drift is invisible to it.** Compared with the same estimate over the reference's rows.
    Described by default; on request judged for being over 5 points lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> print(measure("estimated_specificity", {"score": [0.4, 0.6] * 100}, past))
    0.5 (0.404 to 0.596), n = 200; reference 0.75
    """
    return estimate.of_answers(current, reference, hits=(1, 0, 0, 0), base=(1, 1, 0, 0))
