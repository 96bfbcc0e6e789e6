"""Root mean squared logarithmic error of a regression, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_like_rows as like_rows
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_moments import ABOVE, LOGS, ExpectedMoments
from driftline.types import Estimate, Task


@estimate.error(
    title="estimated root mean squared logarithmic error",
    tasks={Task.REGRESSION},
    needs=ExpectedMoments,
    unit="nats",
    judged=False,
)
def estimated_rmsle(current: Profile, reference: Profile) -> Estimate | None:
    """Root of the mean of (log(1 + prediction) - log(1 + target))² that the current rows will have, without labels.

    Each current row is expected to have the error that like rows of the reference have: rows with a like prediction,
    and with `estimate: {loss_model: true}` a like error to be expected of their features, as `estimated_mae` explains.
    **Concept drift is invisible to it.** Of rows at -1 or less as many are left out as in the reference. Compared with
    the same estimate over the reference's rows. Described by default; on request, with a loss model, judged for being
    over 10 % larger.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_rmsle", {"prediction": [100] * 150 + [10] * 50}, past))
    0.0626 (0.0597 to 0.0654), n = 200; reference 0.0734
    """
    return like_rows.of_losses(current, reference, LOGS, ABOVE, power=2)
