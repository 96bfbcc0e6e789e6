"""What a row costs, by a formula of one's own."""

from driftline import humanize
from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.row_costs import RowCosts
from driftline.stats import intervals
from driftline.types import Estimate, Task


@performance.error(title="mean cost of a row", needs=RowCosts, tasks=frozenset(Task), low=None)
def mean_row_cost(profile: Profile) -> Estimate | None:
    """Mean of what the rows cost, by the formula that is set (`row_cost`), in its unit; what is below 0 is a gain.

    `row_cost: 2 * abs(target - prediction) + amount * 0.1` is of the columns of these roles and names; it may hang on a
    condition: `20 if target == 'late' and prediction != 'late' else 0`. Rows that lack a value which it reads do not
    count, such as rows without a label; those whose cost is no number, such as after a division by 0, neither, and the
    reason says how many. Student's t-interval. Judged for being over 10 % larger than in the reference. Assumes
    independent rows.

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [10, 20, 30, 40], "prediction": [12, 19, 33, 40], "amount": [5, 5, 10, 10]}
    >>> print(measure("mean_row_cost", rows, row_cost="2 * abs(target - prediction) + amount * 0.1"))
    3.75 (-0.384 to 7.884), n = 4
    """
    costs = profile.get(RowCosts)
    left_out = f"{humanize.count(costs.undefined, 'row')} without a number left out" if costs.undefined else ""
    return Estimate.from_interval(intervals.mean(costs.mean, costs.m2, costs.n), costs.n, says=left_out)
