"""Mean absolute percentage error of a regression, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_like_rows as like_rows
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_moments import NOT_ZERO, RELATIVE, ExpectedMoments
from driftline.types import Estimate, Task


@estimate.error(
    title="estimated mean absolute percentage error",
    tasks={Task.REGRESSION},
    needs=ExpectedMoments,
    unit="share",
    threshold=None,
)
def estimated_mape(current: Profile, reference: Profile) -> Estimate | None:
    """Mean of |prediction - target| / |target| that the current predictions will have, from 0, without their labels.

    Each current row is expected to have the error that like rows of the reference have: rows with a like prediction,
    and with `estimate: {loss_model: true}` a like error to be expected of their features, as `estimated_mae` explains.
    **Concept drift is invisible to it.** Of rows whose target is 0 as many are left out as in the reference. Compared
    with the same estimate over the reference's rows. Described only, as `mape` is.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_mape", {"prediction": [100] * 150 + [10] * 50}, past))
    0.0628 (0.0596 to 0.0661), n = 200; reference 0.0756
    """
    return like_rows.of_losses(current, reference, RELATIVE, NOT_ZERO)
