"""Equal opportunity: how far the true positive rates of groups are apart."""

from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.profiles.sketches.confusion import Confusion
from driftline.types import Estimate


@fairness.gap(title="equal opportunity difference", needs=Confusion)
def equal_opportunity_difference(groups: Groups) -> Estimate | None:
    """Highest less lowest true positive rate of the groups, 0 to 1: the share of positive rows that is predicted so.

    Judged for being over 5 points larger than in the reference. The interval spans those of all pairs of groups, with
    Bonferroni's correction for having picked the largest. Groups with fewer than `fairness.min_rows` rows are left out
    and named; without two groups there is no value. Source: Hardt, Price and Srebro (2016).

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [0, 1] * 60, "prediction": [0, 1, 1, 1] * 15 + [0, 1, 0, 0] * 15,
    ...         "sex": ["f"] * 60 + ["m"] * 60}
    >>> print(measure("equal_opportunity_difference", rows, fairness={"attributes": ["sex"]}))
    0.5 (0.297 to 0.668), n = 60
    """
    return fairness.difference(groups, fairness.true_positive)
