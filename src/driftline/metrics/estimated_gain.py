"""Gain of a binary classification, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.types import Estimate


@estimate.share(title="estimated gain at 10%", unit="share", judged=False)
def estimated_gain(current: Profile, reference: Profile) -> Estimate | None:
    """Share of the positives that will be among the tenth of rows with the highest scores, 0 to 1, without labels.

    Each current row counts as positive by its score, calibrated by the reference's labels, as `estimated_accuracy`
    explains. **Concept drift is invisible to it.** Compared with the same estimate over the reference's rows. Described
    by default; on request judged for being over 5 points lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> print(measure("estimated_gain", {"score": [0.4, 0.6] * 100}, past))
    0.1 (0.0821 to 0.121), n = 200; reference 0.2
    """
    return estimate.of_outcomes(current, reference, "gain", lambda expected, _: expected.gain())
