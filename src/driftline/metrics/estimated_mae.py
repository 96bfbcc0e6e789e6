"""Mean absolute error of a regression, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Task


@estimate.error(title="estimated mean absolute error", tasks={Task.REGRESSION})
def estimated_mae(current: Profile, reference: Profile) -> Estimate | None:
    """Mean absolute error that the current predictions will have, in the target's unit, estimated without their labels.

    Direct loss estimation. With `estimate: {loss_model: true}` boosted trees, fitted on the reference's features and
    errors when the plan is made, say how large an error each row leads to expect; the mean of that is put right by what
    they miss on the reference's labelled rows. It is judged for being over 10 % larger, where most current rows have no
    label. Without, each row is expected to have the error of reference rows with a prediction of like size, which costs
    nothing, does not see what else makes rows harder, and is only shown. **Concept drift is invisible to both.**
    Compared with the same estimate over the reference's rows.

    The interval is of what the labels will show, and holds the chance in the rows and the error of the means of like
    rows of the reference; not that of what the loss model misses. Source: NannyML (2022).

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_mae", {"prediction": [100] * 150 + [10] * 50}, past))
    4 (3.76 to 4.24), n = 200; reference 3
    """
    return estimate.of_errors(current, reference, power=1)
