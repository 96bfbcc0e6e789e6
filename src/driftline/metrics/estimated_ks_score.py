"""Largest gap between the scores of the classes, estimated before the labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.types import Estimate


@estimate.share(title="estimated largest gap between the classes' scores", unit="share", judged=False)
def estimated_ks_score(current: Profile, reference: Profile) -> Estimate | None:
    """Largest difference that true and false positive rate will have at any threshold, 0 to 1, without the labels.

    Each current row counts as positive by its score, calibrated by the reference's labels, as `estimated_accuracy`
    explains. **Concept drift is invisible to it.** Compared with the same estimate over the reference's rows.
    Described by default; on request judged for being over 5 points lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> print(measure("estimated_ks_score", {"score": [0.4, 0.6] * 100}, past))
    0 (0 to 0.174), n = 200; reference 0.5
    """
    return estimate.of_outcomes(current, reference, "gap", lambda expected, _: expected.largest_gap())
