"""F1 of a classification."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import classification, intervals
from driftline.types import Estimate


@performance.classification(title="F1")
def f1(profile: Profile) -> Estimate | None:
    """Harmonic mean of precision and recall, 0 to 1; the plain mean over classes where there are more than two.

    Binary: an exact function of a share with its score interval; else by the delta method. Judged for being over 5
    points lower than in the reference. Source: van Rijsbergen (1979).

    >>> from driftline.testing.examples import measure
    >>> print(measure("f1", {"target": [0, 0, 1, 1, 1] * 20, "prediction": [0, 1, 1, 1, 0] * 20}))
    0.667 (0.564 to 0.755), n = 80
    """
    confusion = profile.get(Confusion)
    if confusion.positive is None:
        return Estimate.from_interval(classification.macro(confusion.matrix, "f1"), int(confusion.matrix.sum()))
    tp, fp, fn = confusion.binary
    return Estimate.from_interval(intervals.f1(tp, fp, fn), tp + fp + fn)
