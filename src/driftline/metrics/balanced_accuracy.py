"""Balanced accuracy of a classification."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import classification
from driftline.types import Estimate


@performance.classification(title="balanced accuracy", judged=False)
def balanced_accuracy(profile: Profile) -> Estimate | None:
    """Mean over the classes of the share of their rows that are predicted right, 0 to 1: every class weighs alike.

    Classes without true rows do not count. The interval joins the classes' score intervals (measured coverage of 95 %:
    92 to 96 % for 100 rows and more). Judged on request, for being over 5 points lower than in the reference. Source:
    Brodersen et al. (2010); Zou & Donner (2008).

    >>> from driftline.testing.examples import measure
    >>> print(measure("balanced_accuracy", {"target": [0, 0, 1, 1, 1] * 20, "prediction": [0, 1, 1, 1, 0] * 20}))
    0.583 (0.486 to 0.674), n = 100
    """
    confusion = profile.get(Confusion)
    matrix = confusion.matrix
    return Estimate.from_interval(classification.balanced_accuracy(matrix), int(matrix.sum()))
