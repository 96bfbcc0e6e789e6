"""Precision of a multiclass classification, weighted by class, estimated before its labels are known."""

from functools import partial

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.stats.classification import weighted_mean
from driftline.types import Estimate, Task


@estimate.share(title="estimated weighted precision", tasks={Task.MULTICLASS}, unit="share", judged=False)
def estimated_precision_weighted(current: Profile, reference: Profile) -> Estimate | None:
    """Mean over the classes of precision, each weighing as its true rows will, 0 to 1, estimated without labels.

    Each current row counts as right by its confidence, calibrated by the reference's labels, as `estimated_accuracy`
    explains. **Concept drift is invisible to it.** Compared with the same estimate over the reference's rows.
    Described by default; on request judged for being over 5 points lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": ["cat", "cat", "dog", "cow"] * 50, "prediction": ["cat", "cat", "cat", "cow"] * 50}
    >>> past["score"] = [0.9, 0.9, 0.5, 0.8] * 50
    >>> now = {"prediction": ["cat"] * 60 + ["cow"] * 40, "score": [0.5] * 60 + [0.8] * 40}
    >>> print(measure("estimated_precision_weighted", now, past))
    0.4 (0.271 to 0.545), n = 100; reference 0.583
    """
    return estimate.of_classes(current, reference, partial(weighted_mean, which="precision"))
