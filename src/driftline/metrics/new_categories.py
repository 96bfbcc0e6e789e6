"""Values that the reference never had."""

import math

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.plan import LABELS
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.categories import Categories
from driftline.stats import intervals
from driftline.types import Estimate


@distance(
    title="new values",
    family="quality",
    kinds=LABELS,
    unit="share",
    low=0,
    high=1,
    threshold=0.01,
    by_segment=True,
    windowed=True,
    weight=0.25,
)
def new_categories(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of rows whose category is not in the reference's list, 0 to 1, with Wilson's score interval.

    A small reference does not know all categories: what is expected anyway is the share of the reference's own rows
    whose category came once (Good 1953), and what its list of 10,000 leaves out. Judged for being over 1 point more
    than that. Source: Wilson (1927); Good (1953).

    >>> from driftline.testing.examples import measure
    >>> print(measure("new_categories", ["a", "b", "c", "a"] * 25, ["a", "b"] * 50))
    0.25 (0.175 to 0.343), n = 100; reference 0
    """
    categories, n = current.get(Categories), current.sample_size
    names = categories.unseen_labels
    says = "such as " + humanize.listing(names, 3) if names else "each in a few rows" if categories.unseen else ""
    value, low, high = intervals.wilson(categories.unseen, n)
    return Estimate(
        value=value, low=low, high=high, n=n, reference=_expected(reference), says=says, notable=categories.unseen > 0,
        detail={"names": dict(list(names.items())[:20])},
    )  # fmt: skip


def _expected(reference: ColumnProfile) -> Estimate:
    was = reference.get(Categories)
    once, twice = (int((was.counts == times).sum()) for times in (1, 2))
    n = max(reference.sample_size, 1)
    value = (once + was.unseen) / n
    margin = 1.96 * math.sqrt(once + was.unseen + 2 * twice) / n
    return Estimate(value=value, low=max(0.0, value - margin), high=min(1.0, value + margin), n=reference.sample_size)
