"""How far the mean absolute errors of groups are apart, estimated before the labels are known."""

from functools import partial

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.types import Estimate, Task

_ERROR = partial(estimate.of_errors, power=1)


@fairness.estimated_gap(title="estimated error difference", tasks={Task.REGRESSION}, unit="", high=None, judged=False)
def estimated_error_difference(current: Groups, reference: Groups) -> Estimate | None:
    """Highest less lowest mean absolute error of the groups, in the unit of the target, estimated without labels.

    Each group's rows are expected to have the errors that like rows of the same group have in the reference, as in
    `estimated_mae`: by features with `estimate: {loss_model: true}`, otherwise by the size of the prediction. Compared
    with the same estimate over the reference's rows. Shown and not judged, for it has no scale of its own.

    **Concept drift is invisible to it.** The interval spans those of all pairs of groups, with Bonferroni's correction.
    Source: NannyML (2022).

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> past["sex"] = ["f"] * 100 + ["m"] * 100
    >>> now = {"prediction": [100] * 90 + [10] * 10 + [10] * 100, "sex": ["f"] * 100 + ["m"] * 100}
    >>> settings = {"model": {"task": "regression"}, "fairness": {"attributes": ["sex"]}}
    >>> print(measure("estimated_error_difference", now, past, **settings))
    3.6 (3.365 to 3.835), n = 200; reference 0
    """
    return fairness.estimated(current, reference, {"": _ERROR}, unit="")
