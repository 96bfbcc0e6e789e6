"""Difference of the share of one of two values between the current rows and the reference."""

from driftline import humanize
from driftline.metrics.base_drift import drift
from driftline.profiles.plan import LABELS
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.categories import Categories
from driftline.stats import contingency, intervals
from driftline.stats.homogeneity import homogeneity_p
from driftline.types import Estimate, Kind


@drift(title="change of the share", kinds=LABELS, unit="share", low=-1, high=1, worse="both", threshold=0.05)
def proportions(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Current share of a value less that in the reference, -1 to 1, for columns of truth values or of two values.

    Of truth values it is the share of "true", else that of the last of both in the order of text, among the rows with a
    value. The interval is Newcombe's; the p-value that of the z-test of two proportions (Pearson's chi-square), or of
    the binomial distribution where few rows are expected. Source: Newcombe (1998, method 10); Pearson (1900).

    >>> from driftline.testing.examples import measure
    >>> print(measure("proportions", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.2 (0.0821 to 0.306), n = 100
    """
    plan, now, was = current.plan, current.get(Categories), reference.get(Categories)
    name = contingency.second_value(plan.categories, truth=plan.kind is Kind.BOOLEAN)
    if name is None:
        return None
    (k, n), (past, m) = (
        contingency.count_value(name, plan.categories, side.counts, side.unseen) for side in (now, was)
    )
    one, two = intervals.wilson(k, n), intervals.wilson(past, m)
    if not n or not m:
        return Estimate(value=None, n=n)
    result = intervals.difference(one, two)[:3]
    p_value = homogeneity_p([k, n - k], [past, m - past])
    says = f"{name!r} is {humanize.quantity(one[0], 'share')}, in the reference {humanize.quantity(two[0], 'share')}"
    return Estimate.from_interval((*result, p_value), n, says=says)
