"""R² of a regression, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_like_rows as like_rows
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_moments import ExpectedMoments
from driftline.types import Estimate, Task


@estimate.share(
    title="estimated R²", tasks={Task.REGRESSION}, needs=ExpectedMoments, low=None, threshold=0.1, judged=False
)
def estimated_r2(current: Profile, reference: Profile) -> Estimate | None:
    """Share of the target's variance that the model will prove to explain, up to 1, estimated without the labels.

    Each current row is expected to have the error that like rows of the reference have: rows with a like prediction,
    and with `estimate: {loss_model: true}` a like error to be expected of their features, as `estimated_mae` explains,
    so many times as large that their mean square is the one that `estimated_rmse` expects. A target is the prediction
    less such an error; so the current predictions tell most of how much the targets vary. **Concept drift is invisible
    to it.** The interval is for the logarithm of the share not explained. Compared with the same estimate over the
    reference's rows. Described by default; on request, with a loss model, judged for being over 0.1 lower. Source:
    Wright (1921).

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_r2", {"prediction": [100] * 150 + [10] * 50}, past))
    0.988 (0.987 to 0.988), n = 200; reference 0.994
    """
    return like_rows.of_explained(current, reference, less_bias=False)
