"""A single value, or a tail, that comes far more often than in the reference."""

import numpy as np

from driftline import humanize
from driftline.arrays import Integers
from driftline.metrics.base import VALUES, distance
from driftline.profiles.plan import LABELS, ColumnPlan
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.categories import Categories
from driftline.profiles.sketches.moments import Moments
from driftline.stats import divergence, proportions
from driftline.types import Estimate, Level, Role

_FAR = 0.001, 0.01
_MOVED = 0.15  # the Jensen-Shannon distance that matters


@distance(
    title="share of a rare value",
    family="quality",
    kinds=VALUES,
    roles=frozenset(Role) - {Role.ID, Role.QUERY, Role.IGNORED},
    unit="share",
    low=0,
    high=1,
    threshold=0.01,
    most=Level.WARNING,
    windowed=True,
)
def risen_value(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """How much the share of one value rose, 0 to 1: of the value that surely rose the most, to twice or more.

    Distances over about ten groups of values do not see a value that was rare and is not any more. Values are all
    categories that the plan lists; of numbers the reference's up to 513 bins, the number 0, and all beyond its 0.1, 1,
    99 and 99.9 % quantiles. 0 where none is twice as frequent as in the reference. The interval is Newcombe's of a
    difference of shares, the p-value the binomial one of the value's rows between the two sides, both for all values
    together (Bonferroni). Judged for over 1 point, with a warning at most; left out where the whole distribution
    moved so far that its distance (of Jensen and Shannon, over 0.15) says it. Source: Przyborowski & Wilenski (1940);
    Newcombe (1998).

    >>> from driftline.testing.examples import measure
    >>> print(measure("risen_value", ["a"] * 95 + ["b"] * 5, ["a"] * 998 + ["b"] * 2))
    0.048 (0.0165 to 0.122), n = 100
    """
    if current.plan.kind in LABELS:
        now, was = (side.get(Categories).counts for side in (current, reference))
        n, m = current.counts.values, reference.counts.values
    elif not reference.plan.edges.size:
        return None
    else:
        cells: _Cells = reference.once("cells of risen_value", _Cells)
        now, was = cells.count(current), cells.count(reference)
        n, m = (int(side.get(Bins).counts.sum()) for side in (current, reference))
    if not n or not m or not now.size:
        return None
    if divergence.jensen_shannon_alone(current.grouped, reference.grouped) > _MOVED:
        return None
    at, gain, low, high, p_value = proportions.largest_rise(now, was, n, m)
    if at < 0:
        return Estimate(value=0.0, low=0.0, high=0.0, n=n, p_value=1.0)
    shares = f"{humanize.quantity(now[at] / n, 'share')}, in the reference {humanize.quantity(was[at] / m, 'share')}"
    return Estimate(
        value=gain, low=low, high=high, n=n, p_value=p_value, says=f"{_name_cell(reference.plan, at)} {shares}"
    )


class _Cells:
    """Single values and tails of numbers, which may overlap."""

    def __init__(self, reference: ColumnProfile) -> None:
        counts = reference.get(Bins).counts
        upto = np.cumsum(counts) / max(int(counts.sum()), 1)
        self.below = [int(np.searchsorted(upto, share)) for share in _FAR]
        self.above = [int(np.searchsorted(upto, 1 - share)) + 1 for share in _FAR]

    def count(self, side: ColumnProfile) -> Integers:
        """Rows (cells,) of one side."""
        counts = side.get(Bins).counts
        tails = [counts[:at].sum() for at in self.below] + [counts[at:].sum() for at in self.above]
        return np.concatenate(([side.get(Moments).zeros], counts, tails))


def _name_cell(plan: ColumnPlan, at: int) -> str:
    """What people call a cell: a category, a number, or numbers between two or beyond one."""
    if plan.kind in LABELS:
        return repr(plan.categories[at])
    edges, (edge, single) = plan.edges, divmod(at - 1, 2)
    if at == 0:
        return "0"
    if edge > edges.size or (edge == edges.size and single):
        tails = [f"{end} {100 * share:g} %" for end in ("lowest", "highest") for share in _FAR]
        return f"the reference's {tails[at - 2 * edges.size - 2]}"
    if single:
        return humanize.number(edges[edge])
    if 0 < edge < edges.size:
        return f"between {humanize.number(edges[edge - 1])} and {humanize.number(edges[edge])}"
    return f"above {humanize.number(edges[-1])}" if edge else f"below {humanize.number(edges[0])}"
