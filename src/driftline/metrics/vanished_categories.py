"""Categories of the reference that no longer come."""

import numpy as np
import scipy

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.plan import LABELS
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.categories import Categories
from driftline.types import Estimate, Level


@distance(
    title="vanished values",
    family="quality",
    kinds=LABELS,
    unit="share",
    low=0,
    high=1,
    threshold=0.01,
    most=Level.WARNING,
)
def vanished_categories(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of the reference's rows whose categories do not come any more, 0 to 1.

    Only categories whose absence is no chance count: that all k rows of a category fall among the reference's rows, by
    Fisher's exact test, must have a chance below 1 % divided by the number of categories. The p-value is the smallest
    of these chances times that number (Bonferroni). A warning at most. Source: Fisher (1935).

    >>> from driftline.testing.examples import measure
    >>> print(measure("vanished_categories", ["a"] * 100, ["a", "b"] * 50))
    0.5, n = 100
    """
    now, was = current.get(Categories), reference.get(Categories)
    n, m = current.counts.values, int(was.counts.sum()) + was.unseen
    if not n or not m:
        return None
    k, tests = was.counts, was.counts.size
    chance = np.exp(
        scipy.special.gammaln(m + 1)
        - scipy.special.gammaln(m - k + 1)
        - scipy.special.gammaln(m + n + 1)
        + scipy.special.gammaln(m + n - k + 1)
    )
    gone = np.flatnonzero((now.counts == 0) & (k > 0) & (chance * tests < 0.01))
    value = float(k[gone].sum()) / m
    p_value = float(min(1.0, chance[gone].min() * tests)) if gone.size else 1.0
    names = [current.plan.categories[i] for i in gone[np.argsort(-k[gone])]]
    says = f"{humanize.listing(names, 3)}, {humanize.quantity(value, 'share')} of the reference" if names else ""
    return Estimate(value=value, low=value, high=value, n=n, p_value=p_value, says=says, detail={"names": names[:20]})
