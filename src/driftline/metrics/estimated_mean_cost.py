"""What an answer of a classification costs, estimated before its labels are known."""

from functools import partial

from driftline.metrics import base_estimate as estimate
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confident_answers import ConfidentAnswers
from driftline.stats.classification import mean_cost
from driftline.types import Estimate, Role, Task


@estimate.error(title="estimated mean cost", tasks={Task.BINARY, Task.MULTICLASS}, low=None)
def estimated_mean_cost(current: Profile, reference: Profile) -> Estimate | None:
    """Mean of what the current answers will cost, by the costs that are set, in their unit, without their labels.

    Each current row counts as positive by its score, or of many classes as right by its confidence, calibrated by the
    reference's labels, as `estimated_accuracy` explains. **Concept drift is invisible to it.** Compared with the same
    estimate over the reference's rows. Judged for being over 10 % larger, where most current rows have no label.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> costs = {"true": {"false": 8}, "false": {"true": 2}}
    >>> print(measure("estimated_mean_cost", {"score": [0.4, 0.6] * 100}, past, costs=costs))
    2.5 (2.001 to 2.999), n = 200; reference 1.25
    """
    plan = reference.plan
    if not plan.costs:
        return None
    if plan.task is Task.MULTICLASS:
        past = reference.get_or_none(ConfidentAnswers)
        costs = _costs(plan, past.classes) if past else []
        return estimate.of_classes(current, reference, partial(mean_cost, costs=costs))
    others = [label for label in plan.require_role(Role.TARGET).categories if label != plan.positive]
    if plan.positive is None or len(others) != 1:
        return None
    (right_no, false), (missed, right_yes) = _costs(plan, [others[0], plan.positive])
    each = right_no, false, missed, right_yes
    return estimate.of_outcomes(current, reference, f"mean of {each}", lambda expected, _: expected.mean(each))


def _costs(plan: Plan, classes: list[str]) -> list[list[float]]:
    """What each pair of true and predicted class costs, true class first."""
    return [[plan.costs.get(true, {}).get(answer, 0.0) for answer in classes] for true in classes]
