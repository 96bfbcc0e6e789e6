"""The lowest mean absolute error of groups as a share of the highest."""

from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.profiles.sketches.regression import Regression
from driftline.types import Estimate, Task


@fairness.ratio(title="error ratio", needs=Regression, tasks={Task.REGRESSION})
def error_ratio(groups: Groups) -> Estimate | None:
    """Lowest mean absolute error of the groups as a share of the highest, 0 to 1.

    Judged for being over 0.1 lower than in the reference. The interval spans those of all pairs of groups, with
    Bonferroni's correction for having picked the largest. Groups with fewer than `fairness.min_rows` rows are left out
    and named; without two groups there is no value.

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [1.0, 2.0] * 60, "prediction": [1.5, 2.5] * 30 + [1.2, 2.2, 1.1, 2.1] * 15,
    ...         "sex": ["f"] * 60 + ["m"] * 60}
    >>> settings = {"model": {"task": "regression"}, "fairness": {"attributes": ["sex"]}}
    >>> print(measure("error_ratio", rows, **settings))
    0.3 (0.274 to 0.326), n = 120
    """
    return fairness.proportion(groups, fairness.absolute_error, unit="")
