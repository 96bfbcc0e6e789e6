"""PR AUC of a binary classification, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.types import Estimate


@estimate.share(title="estimated PR AUC", judged=False)
def estimated_pr_auc(current: Profile, reference: Profile) -> Estimate | None:
    """Average precision that the current scores will have, 0 to 1, estimated without their labels.

    Each current row counts as positive by its score, calibrated by the reference's labels, as `estimated_accuracy`
    explains. **Concept drift is invisible to it.** Compared with the same estimate over the reference's rows.
    Described by default, for it moves with the share of positives, too; on request judged for being over 0.05 lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> print(measure("estimated_pr_auc", {"score": [0.4, 0.6] * 100}, past))
    0.5 (0.398 to 0.602), n = 200; reference 0.854
    """
    return estimate.of_outcomes(current, reference, "pr_auc", lambda expected, _: expected.average_precision())
