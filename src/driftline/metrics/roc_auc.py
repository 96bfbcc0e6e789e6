"""ROC AUC of a classification."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scored import Scored
from driftline.stats import intervals
from driftline.types import Estimate

CHANCE = 0.5


@performance.probability(title="ROC AUC")
def roc_auc(profile: Profile) -> Estimate | None:
    """Chance that a positive row has a higher score than a negative one, ties counting half, 0 to 1.

    Exact where scores lie on the plan's edges; else scores in one of about 256 bins count as tied. DeLong's interval;
    one that ends below one half is mentioned, for the ranking is reversed. Judged for being over 0.05 lower than in the
    reference. Source: Hanley & McNeil (1982); DeLong, DeLong & Clarke-Pearson (1988).

    >>> from driftline.testing.examples import measure
    >>> print(measure("roc_auc", {"target": [0, 1, 0, 1] * 25, "score": [0.1, 0.9, 0.4, 0.3] * 25}))
    0.75 (0.636 to 0.838), n = 100
    """
    negatives, positives = profile.get(Scored).counts
    area = intervals.auc(positives, negatives)
    worse = area[2] < CHANCE
    says = f"worse than chance: is {profile.plan.positive!r} the positive class of this score?" if worse else ""
    return Estimate.from_interval(area, int(negatives.sum() + positives.sum()), says=says, notable=worse)
