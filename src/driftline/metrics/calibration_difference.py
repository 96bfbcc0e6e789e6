"""Calibration by group: how far groups are apart in what their scores promise."""

from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.profiles.sketches.scored import Scored
from driftline.types import Estimate


@fairness.gap(title="calibration difference", needs=Scored, high=2)
def calibration_difference(groups: Groups) -> Estimate | None:
    """Highest less lowest gap of the groups between mean score and share of positives, 0 to 2.

    0 where each group's scores promise as much too much, or too little, as the others' do. Judged for being over 5
    points larger than in the reference. The interval spans those of all pairs of groups, with Bonferroni's correction
    for having picked the largest. Groups with fewer than `fairness.min_rows` rows are left out and named; without two
    groups there is no value. Source: Chouldechova (2017).

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [0, 1] * 60, "score": [0.2, 0.8] * 30 + [0.4, 0.9] * 30,
    ...         "sex": ["f"] * 60 + ["m"] * 60}
    >>> print(measure("calibration_difference", rows, fairness={"attributes": ["sex"]}))
    0.15 (0.0666 to 0.233), n = 120
    """
    return fairness.difference(groups, fairness.miscalibration, unit="")
