"""F1 of a multiclass classification, weighted by class, estimated before its labels are known."""

from functools import partial

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.stats.classification import weighted_mean
from driftline.types import Estimate, Task


@estimate.share(title="estimated weighted F1", tasks={Task.MULTICLASS}, unit="share", judged=False)
def estimated_f1_weighted(current: Profile, reference: Profile) -> Estimate | None:
    """Mean over the classes of F1, each weighing as its true rows will, 0 to 1, estimated without their labels.

    Each current row counts as right by its confidence, calibrated by the reference's labels, as `estimated_accuracy`
    explains. **Concept drift is invisible to it.** Compared with the same estimate over the reference's rows.
    Described by default; on request judged for being over 5 points lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": ["cat", "cat", "dog", "cow"] * 50, "prediction": ["cat", "cat", "cat", "cow"] * 50}
    >>> past["score"] = [0.9, 0.9, 0.5, 0.8] * 50
    >>> now = {"prediction": ["cat"] * 60 + ["cow"] * 40, "score": [0.5] * 60 + [0.8] * 40}
    >>> print(measure("estimated_f1_weighted", now, past))
    0.4 (0.274 to 0.541), n = 100; reference 0.65
    """
    return estimate.of_classes(current, reference, partial(weighted_mean, which="f1"))
