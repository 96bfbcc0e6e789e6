"""What a row of a binary classification costs by a formula of one's own, estimated before its label is known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_row_costs import ExpectedRowCosts
from driftline.profiles.sketches.scored import Scored
from driftline.types import Estimate, Task


@estimate.error(title="estimated mean cost of a row", needs=ExpectedRowCosts, tasks={Task.BINARY}, low=None)
def estimated_mean_row_cost(current: Profile, reference: Profile) -> Estimate | None:
    """Mean of what the current rows will cost, by the formula that is set (`row_cost`), in its unit, without labels.

    The formula is worked out of each row twice, as if it were negative and as if it were positive; each counts as
    often as rows of its score are, calibrated by the reference's labels, as `estimated_accuracy` explains. A formula
    that does not read the target has no estimate, nor has a target with other than two classes, or whose classes are
    kept without their names. A row does not count as a class for which it lacks a value that the formula reads, and not
    at all without a score. **Concept drift is invisible to it**, and so is that dear rows are more often positive than
    others of the same score. Compared with the same estimate over the reference's rows. Judged for being over 10 %
    larger, where most current rows have no label.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past = past | {"score": past["score"] * 50, "amount": [20, 10] * 200}
    >>> cost = "amount * 0.5 if target == 1 and score < 0.5 else 2 if target == 0 and score >= 0.5 else 0"
    >>> now = {"score": [0.4, 0.6] * 100, "amount": [20, 30] * 100}
    >>> print(measure("estimated_mean_row_cost", now, past, row_cost=cost))
    3 (2.365 to 3.635), n = 200; reference 1.188
    """
    costs, past, scored = current.get(ExpectedRowCosts), reference.get(ExpectedRowCosts), reference.get(Scored)
    calibration = scored.calibration
    if calibration is None:
        return None

    def expect(side: ExpectedRowCosts, n: int) -> Estimate:
        return Estimate.from_interval(calibration.mean(side.n, side.mean, side.m2), n)

    was = reference.once("expected row cost", lambda _: expect(past, scored.n))
    return estimate.compare(current, expect(costs, round(float((calibration.chances * costs.n).sum()))), was)
