"""Brier score of a binary classification, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Task


@estimate.error(title="estimated Brier score", tasks={Task.BINARY}, high=1, judged=False)
def estimated_brier(current: Profile, reference: Profile) -> Estimate | None:
    """Brier score that the current scores will have, 0 to 1, estimated without their labels.

    Each current row counts as positive by its score, calibrated by the reference's labels, as `estimated_accuracy`
    explains. **Concept drift is invisible to it.** Compared with the same estimate over the reference's rows.
    Described by default; on request judged for being over 10 % larger.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> print(measure("estimated_brier", {"score": [0.4, 0.6] * 100}, past))
    0.26 (0.246 to 0.274), n = 200; reference 0.135
    """
    return estimate.of_outcomes(
        current, reference, "brier", lambda expected, answers: expected.loss(*answers.losses[2:4])
    )
