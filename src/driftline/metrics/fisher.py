"""Odds ratio of one of two values, with Fisher's exact test."""

from driftline.metrics.base_drift import drift
from driftline.profiles.plan import LABELS
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.categories import Categories
from driftline.stats import contingency
from driftline.types import Estimate, Kind


@drift(title="log odds ratio (Fisher)", kinds=LABELS, low=None, worse="both", threshold=0.5)
def fisher(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Natural logarithm of the ratio of a value's odds, current to reference; any sign; for columns of two values.

    0 is no change, 0.5 is odds that are 1.65 times the reference's. It serves rare values, where a difference of
    shares is small whatever happens. Of truth values it is "true", else the last of both in the order of text, among
    the rows with a value. Half a row is added to each cell; the p-value is exact. Source: Fisher (1935); Woolf (1955);
    Gart (1966).

    >>> from driftline.testing.examples import measure
    >>> print(measure("fisher", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.838 (0.331 to 1.345), n = 100
    """
    plan, now, was = current.plan, current.get(Categories), reference.get(Categories)
    name = contingency.second_value(plan.categories, truth=plan.kind is Kind.BOOLEAN)
    if name is None:
        return None
    one, two = (contingency.count_value(name, plan.categories, side.counts, side.unseen) for side in (now, was))
    return Estimate.from_interval((*contingency.log_odds(one, two), contingency.fisher_p(one, two)), one[1])
