"""Equalized odds, estimated before the labels are known."""

from functools import partial

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.types import Estimate

_FALL_OUT = partial(estimate.of_answers, hits=(0, 1, 0, 0), base=(1, 1, 0, 0))


@fairness.estimated_gap(title="estimated equalized odds difference")
def estimated_equalized_odds_difference(current: Groups, reference: Groups) -> Estimate | None:
    """The larger difference of the groups in true and in false positive rate, 0 to 1, estimated without current labels.

    Needs a score. Each group's labels in the reference calibrate its scores, and these lead to expect the group's true
    and false positive rate, as in `estimated_recall`. Compared with the same estimate over the reference's rows; judged
    for being over 5 points larger, as long as most labels are missing.

    It assumes that a score still means for each group what it meant in the reference: **concept drift is invisible to
    it**. The interval spans those of all pairs of groups, with Bonferroni's correction. Source: Hardt, Price and Srebro
    (2016); NannyML (2022).

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": ([0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2) * 50}
    >>> past["sex"] = ["f"] * 200 + ["m"] * 200
    >>> now = {"score": [0.4, 0.6] * 100 + [0.6, 0.9] * 100, "sex": ["f"] * 200 + ["m"] * 200}
    >>> settings = {"fairness": {"attributes": ["sex"]}}
    >>> print(measure("estimated_equalized_odds_difference", now, past, **settings))
    0.5 (0.388 to 0.61), n = 400; reference 0
    """
    return fairness.estimated(
        current, reference, {"true positive rate": estimate.of_recall, "false positive rate": _FALL_OUT}
    )
