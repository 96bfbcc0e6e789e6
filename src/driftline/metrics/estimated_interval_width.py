"""Width of the prediction intervals, which is known before the labels are."""

from driftline.metrics import base_estimate as estimate
from driftline.metrics import base_like_rows as like_rows
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_coverage import ExpectedCoverage
from driftline.types import Estimate, Task


@estimate.error(
    title="estimated width of the prediction interval", tasks={Task.REGRESSION}, needs=ExpectedCoverage, judged=False
)
def estimated_interval_width(current: Profile, reference: Profile) -> Estimate | None:
    """Mean of the upper less the lower end, in the target's unit, from 0, over all rows with a prediction.

    No label is needed for it: it is what `interval_width` will be once they are there. Student's t-interval. Compared
    with the reference; described by default, on request judged for being over 10 % larger.

    >>> from driftline.testing.examples import measure
    >>> past = {"target": [9, 11, 95, 105] * 50, "prediction": [10, 10, 100, 100] * 50}
    >>> past |= {"lower": [8, 8, 99, 90] * 50, "upper": [12, 12, 101, 110] * 50}
    >>> now = {"prediction": [100] * 150 + [10] * 50, "lower": [90] * 150 + [8] * 50, "upper": [110] * 150 + [12] * 50}
    >>> print(measure("estimated_interval_width", now, past))
    16 (15.032 to 16.968), n = 200; reference 7.5
    """
    return like_rows.of_widths(current, reference)
