"""Coverage of the prediction intervals, estimated before the labels are known."""

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_like_rows as like_rows
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_coverage import ExpectedCoverage
from driftline.types import Estimate, Task


@estimate.share(
    title="estimated coverage of the prediction interval", tasks={Task.REGRESSION}, needs=ExpectedCoverage,
    unit="share", judged=False,
)  # fmt: skip
def estimated_interval_coverage(current: Profile, reference: Profile) -> Estimate | None:
    """Share of the targets that will lie inside of their prediction interval, 0 to 1, estimated without the labels.

    Each current row is covered as often as like rows of the reference are: rows with a like prediction, and with
    `estimate: {loss_model: true}` a like error to be expected of their features, as `estimated_mae` explains. **Concept
    drift is invisible to it.** Compared with the same estimate over the reference's rows. Described by default; on
    request, with a loss model, judged for being over 5 points lower.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> past |= {"lower": [8, 8, 99, 90] * 50, "upper": [12, 12, 101, 110] * 50}
    >>> now = {"prediction": [100] * 150 + [10] * 50, "lower": [90] * 150 + [8] * 50, "upper": [110] * 150 + [12] * 50}
    >>> print(measure("estimated_interval_coverage", now, past))
    0.625 (0.525 to 0.725), n = 200; reference 0.75
    """
    return like_rows.of_coverage(current, reference)
