"""Coverage of the prediction intervals."""

from driftline import humanize
from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.prediction_intervals import PredictionIntervals
from driftline.stats import intervals
from driftline.types import Estimate


@performance.regression(
    title="coverage of the prediction interval",
    needs=PredictionIntervals,
    unit="share",
    low=0,
    high=1,
    worse="down",
    threshold=0.05,
)
def interval_coverage(profile: Profile) -> Estimate | None:
    """Share of the targets that lie inside of their prediction interval, ends included, 0 to 1.

    The columns are the settings `lower` and `upper`; ends may be infinite; an interval whose ends are the wrong way
    round holds nothing. Wilson's score interval; judged for being over 5 points lower than in the reference. The reason
    says how many targets lie below and above. Assumes independent rows. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> rows = {"target": [1, 2, 3, 4], "prediction": [1, 2, 3, 3], "lower": [0, 1, 2, 2], "upper": [2, 3, 4, 3]}
    >>> print(measure("interval_coverage", rows))
    0.75 (0.301 to 0.954), n = 4
    """
    kept = profile.get(PredictionIntervals)
    says = f"{humanize.count(kept.below, 'target')} below, {kept.above:,} above"
    crossed = f", {humanize.count(kept.crossed, 'interval')} upside down" if kept.crossed else ""
    return Estimate.from_interval(
        intervals.wilson(kept.inside, kept.rows), kept.rows, says=says + crossed,
        below=kept.below, above=kept.above, crossed=kept.crossed,
    )  # fmt: skip
