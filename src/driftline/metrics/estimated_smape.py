"""Symmetric mean absolute percentage error of a regression, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_like_rows as like_rows
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_moments import SYMMETRIC, ExpectedMoments
from driftline.types import Estimate, Task


@estimate.error(
    title="estimated symmetric mean absolute percentage error",
    tasks={Task.REGRESSION},
    needs=ExpectedMoments,
    unit="share",
    high=2,
    judged=False,
)
def estimated_smape(current: Profile, reference: Profile) -> Estimate | None:
    """Mean of 2 |prediction - target| / (|prediction| + |target|), 0 to 2, that the current rows will have.

    Each current row is expected to have the error that like rows of the reference have: rows with a like prediction,
    and with `estimate: {loss_model: true}` a like error to be expected of their features, as `estimated_mae` explains.
    **Concept drift is invisible to it.** Compared with the same estimate over the reference's rows. Described by
    default; on request, with a loss model, judged for being over 10 % larger.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_smape", {"prediction": [100] * 150 + [10] * 50}, past))
    0.0626 (0.0595 to 0.0656), n = 200; reference 0.0751
    """
    return like_rows.of_losses(current, reference, SYMMETRIC)
