"""Root mean squared error of a regression, estimated before its labels are known by importance weighting."""

from driftline.metrics import base_reweighted as reweighted
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Task


@reweighted.error(title="reweighted root mean squared error", tasks={Task.REGRESSION})
def reweighted_rmse(current: Profile, reference: Profile) -> Estimate | None:
    """Root mean squared error that the current predictions will have, in the target's unit, by reweighted labels.

    Like rows are those of `estimated_rmse`; the reference's labelled rows count by how much they look like the current
    ones, as `reweighted_accuracy` explains. Where harder rows come that neither the loss model nor the size of the
    prediction tells, `estimated_rmse` is too low and this is not. No value below 100 effective rows, or where less than
    70 % of the current rows have their like. Described only, unless the settings say `judged`; without a loss model
    never judged. The interval reaches farther above than below, for errors have heavy tails. **Concept drift is
    invisible to it.**

    Source: Sugiyama, Suzuki & Kanamori (2012).

    >>> from driftline.testing.examples import measure
    >>> x = [i / 400 for i in range(400)]
    >>> past = {"x": x, "prediction": [10.0] * 400, "target": [10 + (4 if v > 0.5 else 1) for v in x]}
    >>> now = {"x": [v**0.5 for v in x], "prediction": [10.0] * 400}
    >>> settings = {"sample": {"rows": 400}, "model": {"task": "regression"}}
    >>> for metric in ("estimated_rmse", "reweighted_rmse"):
    ...     print(round(measure(metric, now, past, **settings).value, 1))
    2.9
    3.4
    """
    return reweighted.of_errors(current, reference, power=2)
