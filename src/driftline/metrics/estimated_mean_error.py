"""Mean error of a regression, estimated before its labels are known."""

import math

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_like_rows as like_rows
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_moments import ERROR, ExpectedMoments
from driftline.types import Estimate, Task


@estimate.error(
    title="estimated mean error", tasks={Task.REGRESSION}, needs=ExpectedMoments, low=None, worse="both", threshold=None
)
def estimated_mean_error(current: Profile, reference: Profile) -> Estimate | None:
    """Mean of prediction - target that the current predictions will have, in the target's unit, without their labels.

    Each current row is expected to have the error that like rows of the reference have: rows with a like prediction,
    and with `estimate: {loss_model: true}` a like error to be expected of their features, as `estimated_mae` explains.
    It moves where rows come on which the model was biased in the reference. **Concept drift is invisible to it**, and a
    bias that is new is concept drift. Compared with the same estimate over the reference's rows. Described only.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_mean_error", {"prediction": [100] * 150 + [10] * 50}, past))
    0 (-0.956 to 0.956), n = 200; reference 0
    """
    return like_rows.of_losses(current, reference, ERROR, least=-math.inf)
