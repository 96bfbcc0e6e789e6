"""Predictive parity: how far the precision of groups is apart."""

from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.profiles.sketches.confusion import Confusion
from driftline.types import Estimate


@fairness.gap(title="predictive parity difference", needs=Confusion)
def predictive_parity_difference(groups: Groups) -> Estimate | None:
    """Highest less lowest precision of the groups, 0 to 1: of the rows predicted positive, the share that is.

    Judged for being over 5 points larger than in the reference. The interval spans those of all pairs of groups, with
    Bonferroni's correction for having picked the largest. Groups with fewer than `fairness.min_rows` rows are left out
    and named; without two groups there is no value. Source: Chouldechova (2017).

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [0, 1] * 60, "prediction": [0, 1, 1, 1] * 15 + [0, 1, 0, 0] * 15,
    ...         "sex": ["f"] * 60 + ["m"] * 60}
    >>> print(measure("predictive_parity_difference", rows, fairness={"attributes": ["sex"]}))
    no value: only one group of 'sex' has 30 rows (fairness.min_rows); too few: 'm (15)', n = 0
    """
    return fairness.difference(groups, fairness.predictive_value)
