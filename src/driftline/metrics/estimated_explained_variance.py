"""Explained variance of a regression, estimated before its labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_like_rows as like_rows
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_moments import ExpectedMoments
from driftline.types import Estimate, Task


@estimate.share(
    title="estimated explained variance",
    tasks={Task.REGRESSION},
    needs=ExpectedMoments,
    low=None,
    threshold=0.1,
    judged=False,
)
def estimated_explained_variance(current: Profile, reference: Profile) -> Estimate | None:
    """Share of the target's variance that the model will explain once its mean error is taken out, without labels.

    As `estimated_r2`, once the mean error is taken out. **Concept drift is invisible to it.** Compared with the same
    estimate over the reference's rows. Described by default; on request, with a loss model, judged for being over 0.1
    lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> print(measure("estimated_explained_variance", {"prediction": [100] * 150 + [10] * 50}, past))
    0.988 (0.987 to 0.988), n = 200; reference 0.994
    """
    return like_rows.of_explained(current, reference, less_bias=True)
