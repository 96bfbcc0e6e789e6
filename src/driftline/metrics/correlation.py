"""Pairs of columns whose correlation changed."""

import numpy as np

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.comoments import Comoments, columns
from driftline.stats import correlations
from driftline.types import Estimate, Level


@distance(
    title="change of correlation",
    family="drift",
    on="table",
    needs=Comoments,
    low=0,
    high=2,
    threshold=0.2,
    most=Level.WARNING,
)
def correlation(current: Profile, reference: Profile) -> Estimate | None:
    """Largest change of the correlation of two numeric columns, 0 to 2: of the pair that surely changed the most.

    Pearson's correlation of values cut at four robust standard deviations from the reference's median, so outliers do
    not rule it; over rows in which both are there; of the first 40 columns; of many rows, a sample of 8,192 to 32,768,
    drawn by their hash. Interval and p-value are Fisher's, for all pairs together (Bonferroni), with the error made
    larger where tails are heavy; of at least 200 pairs of values on each side. Measured with 1,000 rows against 2,000
    where nothing changed, normal to very heavy tails: at most 1 in 100 is a finding. Measured coverage of 95 %, 300 and
    1,000 rows: 91 to 96 % for normal columns and such of Student's t with 3 degrees of freedom, changed or not; 78 to
    86 % where the latter are correlated by 0.9 and stay so. The pair is the one whose interval begins furthest from 0;
    `pairs` ranks all that changed. Judged for a change over 0.2; a warning at most. Source: Fisher (1915).

    >>> from driftline.testing.examples import measure
    >>> x = list(range(250))
    >>> print(measure("correlation", {"x": x, "y": x[::-1]}, {"x": x, "y": x}))
    2 (1.999 to 2), n = 250
    """
    now, was = (side.get(Comoments).total().astype(float) for side in (current, reference))
    ours, theirs = correlations.pearson(now[:4]), correlations.pearson(was[:4])
    first, second = np.triu_indices(len(now[0]), 1)
    enough = np.minimum(now[0], was[0])[first, second] >= correlations.LEAST
    known = enough & np.isfinite(ours[first, second]) & np.isfinite(theirs[first, second])
    first, second = first[known], second[known]
    names = [column.name for column in columns(current.plan)]
    if not first.size:
        return None
    heavy = [correlations.heaviness(side[[0, 4, 5]], r) for side, r in ((now, ours), (was, theirs))]
    error = np.stack(
        [np.sqrt(f[first, second] / (side[0][first, second] - 3)) for f, side in zip(heavy, (now, was), strict=True)]
    )
    a, b = ours[first, second], theirs[first, second]
    change, low, high, p_value = correlations.largest_change(a, b, error)
    order = np.lexsort((-change, -low))
    pairs = [(f"{names[first[i]]} and {names[second[i]]}", float(b[i]), float(a[i])) for i in order if low[i] > 0]
    top = int(order[0])
    says = "; ".join(
        f"{name}: {humanize.number(r)} now, {humanize.number(old)} in the reference" for name, old, r in pairs[:3]
    )
    return Estimate.from_interval(
        (float(change[top]), float(low[top]), float(high[top]), float(p_value[top])),
        int(now[0][first[top], second[top]]), says=says, pairs=pairs[:20],
    )  # fmt: skip
