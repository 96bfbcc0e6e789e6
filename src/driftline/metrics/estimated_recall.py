"""Recall of a classification, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Task


@estimate.share(title="estimated recall", tasks={Task.BINARY, Task.MULTICLASS}, unit="share", judged=False)
def estimated_recall(current: Profile, reference: Profile) -> Estimate | None:
    """Of the current rows that will prove positive, the share predicted so, 0 to 1, estimated without their labels.

    Confidence-based performance estimation. Needs a score; more than two classes also need a prediction, and the score
    is the probability of the predicted class. The reference's labels calibrate the score; each current row then counts
    as right by its calibrated score. Compared with the same estimate over the reference's rows. Described by
    default, beside F1; on request judged for being over 5 points lower.

    It assumes that a score still means what it meant in the reference: **concept drift is invisible to it**. The
    interval is of what the labels will show, and holds the chance in the rows and in their labels and the error of the
    calibration. Source: NannyML (2022), after Guillory et
    al. (2021).

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> print(measure("estimated_recall", {"score": [0.4, 0.6] * 100}, past))
    0.5 (0.404 to 0.596), n = 200; reference 0.75
    """
    return estimate.of_recall(current, reference)
