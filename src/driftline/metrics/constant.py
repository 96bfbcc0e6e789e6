"""A column that no longer varies."""

import numpy as np

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.plan import LABELS, NUMBERS
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.categories import Categories
from driftline.profiles.sketches.distinct import Distinct
from driftline.profiles.sketches.moments import Moments
from driftline.types import Estimate, Role

_OF_MODEL = frozenset({Role.TARGET, Role.SCORE})
"""Roles that are not to be ignored when they are constant: other metrics tell it."""


@distance(
    title="no longer varies", family="quality", unit="share", low=0, high=1, threshold=0.05, windowed=True, weight=0.25
)
def constant(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of the reference's values that are not its most frequent one, when there is but one value now; else 0.

    Of numbers the most frequent is that of the plan's up to 256 single values; of texts it is exact below 1,024
    distinct ones, else from a sample of them. The p-value is the chance that as many values drawn from the reference
    are all its most frequent one. Judged for being over 5 %. A column that is empty, or constant at the same value, on
    both sides is mentioned, and ok: it carries no information.

    >>> from driftline.testing.examples import measure
    >>> print(measure("constant", [7.5] * 100, [6.5, 7.5, 8.5, 9.5] * 25))
    0.75, n = 100
    """
    if not current.n or not reference.n:
        return None
    if _is_flat(current) and _is_flat(reference) and _are_alike(current, reference):
        empty = not current.counts.values and not reference.counts.values
        what = "null in all rows" if empty else "the same value in all rows"
        says = f"it never did: {what} of the reference and now"
        feature = current.plan.role not in _OF_MODEL
        says += ", so it carries nothing and can be ignored" if feature else ""
        return Estimate(value=0.0, low=0.0, high=0.0, n=current.sample_size, p_value=1.0, says=says, notable=feature)
    flat = current.counts.values > 0 and reference.counts.values > 0 and _is_flat(current)
    lost = 1 - _share_of_most_frequent(reference) if flat else 0.0
    p_value = (1 - lost) ** current.counts.values
    known = reference.get_or_none(Distinct)
    count = humanize.count(known.hashes.size, "distinct value") if known else "several values"
    says = f"one value now, {count} in the reference" if lost else ""
    return Estimate(value=lost, low=lost, high=lost, n=current.sample_size, p_value=p_value, says=says)


def _is_flat(side: ColumnProfile) -> bool:
    """Whether there is but one proper value, or none."""
    if side.plan.kind in NUMBERS:
        moments = side.get(Moments)
        return moments.minimum >= moments.maximum
    if side.plan.kind in LABELS and not (labels := side.get(Categories)).unseen:
        return int((labels.counts > 0).sum()) <= 1
    return side.get(Distinct).hashes.size <= 1


def _are_alike(current: ColumnProfile, reference: ColumnProfile) -> bool:
    """Whether two sides of one value have the same one, or none."""
    if current.plan.kind in NUMBERS:
        return current.get(Moments).minimum == reference.get(Moments).minimum
    if current.plan.kind in LABELS:
        now, was = current.get(Categories), reference.get(Categories)
        return not (now.unseen or was.unseen) and np.array_equal(now.counts > 0, was.counts > 0)
    return np.array_equal(current.get(Distinct).hashes, reference.get(Distinct).hashes)


def _share_of_most_frequent(side: ColumnProfile) -> float:
    """The share of the most frequent among the values."""
    if side.plan.kind in NUMBERS:
        counts = side.get(Bins).counts
        return float(counts[1::2].max(initial=0) / counts.sum())
    if side.plan.kind in LABELS:
        return float(side.get(Categories).counts.max(initial=0) / side.counts.values)
    counts = side.get(Distinct).counts
    return float(counts.max() / counts.sum())
