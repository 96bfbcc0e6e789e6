"""Accuracy of a classification, estimated before its labels are known by importance weighting."""

from driftline.metrics import base_reweighted as reweighted
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Task


@reweighted.share(title="reweighted accuracy", tasks={Task.BINARY, Task.MULTICLASS}, unit="share")
def reweighted_accuracy(current: Profile, reference: Profile) -> Estimate | None:
    """Share of the current rows whose prediction will prove right, 0 to 1, by reweighted labels.

    The reference's labelled rows are weighted to look like the current ones (covariate shift): boosted trees tell the
    sampled rows of both sides apart (`sample.rows`), which gives the ratio of their densities. The weighted rows
    calibrate the score, and each current row counts as right by its calibrated score, as in `estimated_accuracy`; that
    one takes a score to mean the same for all rows, and is wrong where harder rows come with the same scores.
    `effective` is how many rows the weighted ones are as good as (Kish 1965). There is no value where these are below
    100, or where less than 70 % of the current rows look like a labelled row of the reference (`covered`). Compared
    with the reference's own estimate; described only, unless the settings say `judged`. Not followed
    over the windows of one check. **Concept drift is invisible to it.**

    The interval holds the chance in the rows and their labels, and the error of calibration and weights, from how far
    weighted halves of the sample are apart. Rows are weighted by trees that did not see them, and what the sampled
    columns do not hold is not made alike.

    Source: Bickel, Brückner & Scheffer (2009); NannyML (2024) for the calibration of weighted rows (M-CBPE).

    >>> from driftline.testing.examples import measure
    >>> x = [i / 400 for i in range(400)]
    >>> past = {"x": x, "score": [0.2, 0.8] * 200, "target": [0, 1] * 100 + [0, 0, 1, 1] * 50}
    >>> now = {"x": [v**0.5 for v in x], "score": [0.2, 0.8] * 200}
    >>> for metric in ("estimated_accuracy", "reweighted_accuracy"):
    ...     print(round(measure(metric, now, past, sample={"rows": 400}).value, 2))
    0.75
    0.63
    """
    return reweighted.of_answers(current, reference, hits=(1, 0, 0, 1), base=(1, 1, 1, 1))
