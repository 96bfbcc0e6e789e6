"""ROC AUC of a classification."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scored import Scored
from driftline.stats import intervals
from driftline.types import Estimate, Health, Task


@level(
    title="ROC AUC", family="performance", health=Health.MODEL, on="table", needs=Scored, tasks={Task.BINARY},
    low=0, high=1, worse="down", threshold=0.05, by_segment=True, windowed=True,
)  # fmt: skip
def roc_auc(profile: Profile) -> Estimate | None:
    """Chance that a positive row has a higher score than a negative one, ties counting half, 0 to 1.

    Exact where scores lie on the plan's edges; else scores in one of about 256 bins count as tied. DeLong's interval;
    judged for being over 0.05 lower than in the reference. Source: Hanley & McNeil (1982); DeLong, DeLong &
    Clarke-Pearson (1988).
    """
    negatives, positives = profile.get(Scored).counts
    return Estimate.from_interval(intervals.auc(positives, negatives), int(negatives.sum() + positives.sum()))
