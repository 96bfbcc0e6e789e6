"""Root mean squared error of a regression, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Level, Task


@estimate.error(title="estimated root mean squared error", tasks={Task.REGRESSION}, most=Level.WARNING)
def estimated_rmse(current: Profile, reference: Profile) -> Estimate | None:
    """Root mean squared error that the current predictions will have, in the target's unit, estimated without labels.

    Direct loss estimation: of the squared errors that the rows lead to expect, as `estimated_mae` explains. With
    `estimate: {loss_model: true}` it is judged for being over 10 % larger, with a warning at most, where most current
    rows have no label; otherwise it is shown. **Concept drift is invisible to it.**
    Compared with the same estimate over the reference's rows. The interval is of what the labels will show.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_rmse", {"prediction": [100] * 150 + [10] * 50}, past))
    4.359 (4.19 to 4.521), n = 200; reference 3.606
    """
    return estimate.of_errors(current, reference, power=2)
