"""How far the accuracy of groups is apart."""

from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups
from driftline.profiles.sketches.confusion import Confusion
from driftline.types import Estimate, Task


@fairness.gap(title="accuracy difference", needs=Confusion, tasks={Task.BINARY, Task.MULTICLASS})
def accuracy_difference(groups: Groups) -> Estimate | None:
    """Highest less lowest accuracy of the groups, 0 to 1: the share of rows predicted rightly.

    Judged for being over 5 points larger than in the reference. The interval spans those of all pairs of groups, with
    Bonferroni's correction for having picked the largest. Groups with fewer than `fairness.min_rows` rows are left out
    and named; without two groups there is no value.

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [0, 1] * 60, "prediction": [0, 1, 1, 1] * 15 + [0, 1, 0, 0] * 15,
    ...         "sex": ["f"] * 60 + ["m"] * 60}
    >>> print(measure("accuracy_difference", rows, fairness={"attributes": ["sex"]}))
    0 (0 to 0.153), n = 120
    """
    return fairness.difference(groups, fairness.right)
