"""What an answer of a binary classification costs, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Role, Task


@estimate.error(title="estimated mean cost", tasks={Task.BINARY}, low=None)
def estimated_mean_cost(current: Profile, reference: Profile) -> Estimate | None:
    """Mean of what the current answers will cost, by the costs that are set, in their unit, without their labels.

    Each current row counts as positive by its score, calibrated by the reference's labels, as `estimated_accuracy`
    explains. **Concept drift is invisible to it.** Compared with the same estimate over the reference's rows. Judged
    for being over 10 % larger, where most current rows have no label.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> costs = {"true": {"false": 8}, "false": {"true": 2}}
    >>> print(measure("estimated_mean_cost", {"score": [0.4, 0.6] * 100}, past, costs=costs))
    2.5 (2.001 to 2.999), n = 200; reference 1.25
    """
    plan = reference.plan
    yes, others = plan.positive, []
    if plan.costs:
        others = [label for label in plan.require_role(Role.TARGET).categories if label != yes]
    if yes is None or len(others) != 1:
        return None
    no = others[0]
    costs = {(true, answer): plan.costs.get(true, {}).get(answer, 0.0) for true in (no, yes) for answer in (no, yes)}
    each = costs[no, no], costs[no, yes], costs[yes, no], costs[yes, yes]
    return estimate.of_outcomes(current, reference, f"mean of {each}", lambda expected, _: expected.mean(each))
