"""A column that no longer varies."""

import numpy as np

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.distinct import Distinct
from driftline.types import Estimate


@distance(title="no longer varies", family="quality", unit="share", low=0, high=1, threshold=0.05)
def constant(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of the reference's values that are not its most frequent one, when there is but one value now; else 0.

    Exact below 1,024 distinct values, else from a sample of them. The p-value is the chance that as many values drawn
    from the reference are all its most frequent one. Judged for being over 5 %. A column that is empty, or constant at
    the same value, on both sides is mentioned, and ok: it carries no information.

    >>> from driftline.testing.examples import measure
    >>> print(measure("constant", [7.5] * 100, [6.5, 7.5, 8.5, 9.5] * 25))
    0.75, n = 100
    """
    now, was = current.get(Distinct), reference.get(Distinct)
    if not current.n or not reference.n:
        return None
    if now.hashes.size <= 1 and np.array_equal(now.hashes, was.hashes):
        empty = not current.counts.values and not reference.counts.values
        what = "null in all rows" if empty else "the same value in all rows"
        says = f"it never did: {what} of the reference and now, so it carries nothing and can be ignored"
        return Estimate(value=0.0, low=0.0, high=0.0, n=current.sample_size, p_value=1.0, says=says, notable=True)
    flat = now.hashes.size <= 1 and current.counts.values > 0
    lost = 1 - float(was.counts.max() / was.counts.sum()) if flat and was.counts.size else 0.0
    p_value = (1 - lost) ** current.counts.values
    says = f"one value now, {humanize.count(was.hashes.size, 'distinct value')} in the reference" if lost else ""
    return Estimate(value=lost, low=lost, high=lost, n=current.sample_size, p_value=p_value, says=says)
