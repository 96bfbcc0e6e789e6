"""Expected calibration error of a binary classification, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scored_answers import ScoredAnswers
from driftline.stats.expected.outcomes import Expected
from driftline.stats.intervals import Interval
from driftline.types import Estimate, Role


@estimate.share(title="estimated calibration error", unit="share", worse="up", judged=False)
def estimated_ece(current: Profile, reference: Profile) -> Estimate | None:
    """Calibration error that the current scores will have, 0 to 1, estimated without their labels.

    The mean distance, over about ten groups of the reference's scores, between the mean score of the current rows and
    the share of positives to which the reference's labels calibrate it, less what the error of that calibration adds.
    It moves where rows come whose scores were wrong in the reference. **Concept drift is invisible to it.** Compared
    with the same estimate over the reference's rows. Described by default; on request judged for being over 5 points
    larger.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [0, 0, 0, 1, 0, 1, 1, 1] * 50, "score": [0.1] * 2 + [0.4] * 2 + [0.6] * 2 + [0.9] * 2}
    >>> past["score"] *= 50
    >>> print(measure("estimated_ece", {"score": [0.4, 0.6] * 100}, past))
    0.1 (0.0144 to 0.185), n = 200; reference 0.1
    """

    def measure(expected: Expected, answers: ScoredAnswers) -> Interval:
        return expected.calibration_error(answers.plan.require_role(Role.SCORE).groups, answers.scores())

    return estimate.of_outcomes(current, reference, "calibration error", measure)
