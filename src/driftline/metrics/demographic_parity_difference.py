"""Demographic parity: how far the selection rates of groups are apart."""

from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.types import Estimate


@fairness.gap(title="demographic parity difference")
def demographic_parity_difference(groups: Groups) -> Estimate | None:
    """Highest less lowest selection rate of the groups, 0 to 1: the share of their rows that is predicted positive.

    Needs no labels. Judged for being over 5 points larger than in the reference. The interval spans those of all pairs
    of groups, with Bonferroni's correction for having picked the largest. Groups with fewer than `fairness.min_rows`
    rows are left out and named; without two groups there is no value. Source: Agarwal et al. (2018); Newcombe (1998).

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [0, 1] * 60, "prediction": [0, 1, 1, 1] * 15 + [0, 1, 0, 0] * 15,
    ...         "sex": ["f"] * 60 + ["m"] * 60}
    >>> print(measure("demographic_parity_difference", rows, fairness={"attributes": ["sex"]}))
    0.5 (0.327 to 0.63), n = 120
    """
    return fairness.difference(groups, fairness.selected)
