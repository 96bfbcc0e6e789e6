"""Largest gap between the scores of the classes."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.scored import Scored
from driftline.stats import score_quality
from driftline.types import Estimate


@performance.probability(title="largest gap between the classes' scores", unit="share", judged=False)
def ks_score(profile: Profile) -> Estimate | None:
    """Largest difference of true and false positive rate over all thresholds, 0 to 1: Kolmogorov and Smirnov's.

    Exact where scores lie on the plan's edges; what could hide between two of about 256 is in the interval, that of the
    difference of two shares (measured coverage of 95 %: 95 to 99 %). With few rows the value is too high. Judged on
    request, for being over 5 points lower than in the reference. Source: Smirnov (1939); Newcombe (1998).

    >>> from driftline.testing.examples import measure
    >>> print(measure("ks_score", {"target": [0, 1, 0, 1] * 25, "score": [0.1, 0.9, 0.4, 0.3] * 25}))
    0.5 (0.313 to 0.634), n = 100
    """
    negatives, positives = profile.get(Scored).counts
    n = int(negatives.sum() + positives.sum())
    return Estimate.from_interval(
        score_quality.largest_gap(positives, negatives), n, why="rows of one class only" if n else "no usable rows"
    )
