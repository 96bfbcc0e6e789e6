"""How far the mean errors of groups are apart, with their sign."""

from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.profiles.sketches.regression import Regression
from driftline.types import Estimate, Task


@fairness.gap(
    title="mean error difference", needs=Regression, tasks={Task.REGRESSION}, unit="", high=None, judged=False
)
def mean_error_difference(groups: Groups) -> Estimate | None:
    """Highest less lowest mean of prediction minus target of the groups, in the unit of the target, from 0.

    Says whether predictions are too high for one group and too low for another. Shown and not judged. The interval
    spans those of all pairs of groups, with Bonferroni's correction for having picked the largest. Groups with fewer
    than `fairness.min_rows` rows are left out and named; without two groups there is no value.

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [1.0, 2.0] * 60, "prediction": [1.5, 2.5] * 30 + [1.2, 2.2, 1.1, 2.1] * 15,
    ...         "sex": ["f"] * 60 + ["m"] * 60}
    >>> settings = {"model": {"task": "regression"}, "fairness": {"attributes": ["sex"]}}
    >>> print(measure("mean_error_difference", rows, **settings))
    0.35 (0.337 to 0.363), n = 120
    """
    return fairness.difference(groups, fairness.signed_error, unit="")
