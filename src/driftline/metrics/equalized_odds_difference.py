"""Equalized odds: how far true or false positive rates of groups are apart."""

from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.profiles.sketches.confusion import Confusion
from driftline.types import Estimate


@fairness.gap(title="equalized odds difference", needs=Confusion)
def equalized_odds_difference(groups: Groups) -> Estimate | None:
    """The larger of the differences in true and in false positive rate between groups, 0 to 1.

    Judged for being over 5 points larger than in the reference. The interval spans those of all pairs of groups, with
    Bonferroni's correction for having picked the largest. Groups with fewer than `fairness.min_rows` rows are left out
    and named; without two groups there is no value. Source: Hardt, Price and Srebro (2016).

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [0, 1] * 60, "prediction": [0, 1, 1, 1] * 15 + [0, 1, 0, 0] * 15,
    ...         "sex": ["f"] * 60 + ["m"] * 60}
    >>> print(measure("equalized_odds_difference", rows, fairness={"attributes": ["sex"]}))
    0.5 (0.262 to 0.689), n = 60
    """
    return fairness.differences(
        groups, {"true positive rate": fairness.true_positive, "false positive rate": fairness.false_positive}
    )
