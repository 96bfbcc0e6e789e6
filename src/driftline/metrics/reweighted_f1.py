"""F1 of a classification, estimated before its labels are known by importance weighting."""

from driftline.metrics import base_reweighted as reweighted
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Task


@reweighted.share(title="reweighted F1", tasks={Task.BINARY, Task.MULTICLASS}, unit="share")
def reweighted_f1(current: Profile, reference: Profile) -> Estimate | None:
    """F1 that the current rows will have, 0 to 1, by reweighted labels.

    As `estimated_f1`, with the score calibrated by rows of the reference that are weighted to look like the
    current ones, as `reweighted_accuracy` explains. No value below 100 effective rows, or where less than 70 % of the
    current
    rows have their like. Described only, unless the settings say `judged`. **Concept drift is invisible to it.**

    Source: Bickel, Brückner & Scheffer (2009); NannyML (2024).

    >>> from driftline.testing.examples import measure
    >>> x = [i / 400 for i in range(400)]
    >>> past = {"x": x, "score": [0.2, 0.8] * 200, "target": [0, 1] * 100 + [0, 0, 1, 1] * 50}
    >>> now = {"x": [v**0.5 for v in x], "score": [0.2, 0.8] * 200}
    >>> for metric in ("estimated_f1", "reweighted_f1"):
    ...     print(round(measure(metric, now, past, sample={"rows": 400}).value, 2))
    0.75
    0.63
    """
    return reweighted.of_answers(current, reference, hits=(0, 0, 0, 2), base=(0, 1, 1, 2), which="f1")
