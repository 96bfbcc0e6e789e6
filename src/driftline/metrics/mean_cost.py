"""What an answer of a classification costs."""

import numpy as np

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import intervals
from driftline.types import Estimate


@performance.classification(title="mean cost", unit="", low=None, high=None, worse="up", threshold=0.0, relative=0.1)
def mean_cost(profile: Profile) -> Estimate | None:
    """Mean of what the answers cost, by the costs that are set for pairs of true and predicted class, in their unit.

    `costs: {late: {on time: 20}}` says that a late one that was said to be on time costs 20; pairs that are not named
    cost nothing, and what is below 0 is a gain. Student's t-interval. Judged for being over 10 % larger than in the
    reference. Assumes independent rows.

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": ["yes", "no"] * 50, "prediction": ["yes", "yes"] * 40 + ["no", "no"] * 10}
    >>> print(measure("mean_cost", rows, costs={"yes": {"no": 10}, "no": {"yes": 1}}))
    1.4 (0.821 to 1.979), n = 100
    """
    costs = profile.plan.costs
    if not costs:
        return None
    rows = [
        (n, costs.get(true, {}).get(answer, 0.0))
        for true, row in profile.get(Confusion).pairs.items()
        for answer, n in row.items()
    ]
    counts, each = (np.array(part, np.float64) for part in zip(*rows, strict=True)) if rows else (np.empty(0),) * 2
    n = int(counts.sum())
    if not n:
        return None
    mean = float(counts @ each) / n
    return Estimate.from_interval(intervals.mean(mean, float(counts @ (each - mean) ** 2), n), n)
