"""Demographic parity: the lowest selection rate as a share of the highest."""

from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.types import Estimate


@fairness.ratio(title="demographic parity ratio")
def demographic_parity_ratio(groups: Groups) -> Estimate | None:
    """Lowest selection rate of the groups as a share of the highest, 0 to 1; the four-fifths rule asks for 0.8.

    Needs no labels. Judged for being over 0.1 lower than in the reference. The interval spans those of all pairs of
    groups, with Bonferroni's correction for having picked the largest. Groups with fewer than `fairness.min_rows` rows
    are left out and named; without two groups there is no value. Source: Zou and Donner (2008).

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [0, 1] * 60, "prediction": [0, 1, 1, 1] * 15 + [0, 1, 0, 0] * 15,
    ...         "sex": ["f"] * 60 + ["m"] * 60}
    >>> print(measure("demographic_parity_ratio", rows, fairness={"attributes": ["sex"]}))
    0.333 (0.207 to 0.516), n = 120
    """
    return fairness.proportion(groups, fairness.selected)
