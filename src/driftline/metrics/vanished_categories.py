"""Categories of the reference that no longer come."""

import numpy as np

from driftline import words
from driftline.metric import distance
from driftline.plan import LABELS
from driftline.profile import ColumnProfile
from driftline.sketches.categories import Categories
from driftline.types import Estimate, Level


@distance(
    title="vanished values", family="quality", kinds=LABELS, unit="share", low=0, high=1, threshold=0.01,
    most=Level.WARNING,
)  # fmt: skip
def vanished_categories(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of the reference's rows whose categories do not come any more, 0 to 1.

    Only categories whose absence is no chance count: one with share p stays away from n rows with chance (1 - p)^n,
    which must be below 1 % divided by the number of categories. The p-value is the smallest of these chances times
    that number (Bonferroni). A warning at most.
    """
    now, was = current.get(Categories), reference.get(Categories)
    n, m = current.counts.values, int(was.counts.sum()) + was.unseen
    if not n or not m:
        return None
    shares = was.counts / m
    chance = np.exp(n * np.log1p(-np.minimum(shares, 1 - 1e-16)))
    gone = np.flatnonzero((now.counts == 0) & (was.counts > 0) & (chance * shares.size < 0.01))
    value = float(shares[gone].sum())
    p_value = float(min(1.0, chance[gone].min() * shares.size)) if gone.size else 1.0
    names = [current.plan.categories[i] for i in gone[np.argsort(-shares[gone])]]
    says = f"{words.listing(names, 3)}, {words.quantity(value, 'share')} of the reference" if names else ""
    return Estimate(
        value=value, low=value, high=value, n=n, p_value=p_value, detail={"says": says, "names": names[:20]}
    )
