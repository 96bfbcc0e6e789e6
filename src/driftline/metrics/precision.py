"""Precision of a classification."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import classification, intervals
from driftline.types import Estimate


@performance.classification(title="precision")
def precision(profile: Profile) -> Estimate | None:
    """Of the rows predicted positive, the share that are, 0 to 1; the plain mean over classes where there are more.

    Binary: an exact function of a share with its score interval; else by the delta method. Judged for being over 5
    points lower than in the reference. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("precision", {"target": [0, 0, 1, 1, 1] * 20, "prediction": [0, 1, 1, 1, 0] * 20}))
    0.667 (0.541 to 0.773), n = 60
    """
    confusion = profile.get(Confusion)
    if confusion.positive is None:
        return Estimate.from_interval(classification.macro(confusion.matrix, "precision"), int(confusion.matrix.sum()))
    tp, fp, _ = confusion.binary
    return Estimate.from_interval(intervals.wilson(tp, tp + fp), tp + fp)
