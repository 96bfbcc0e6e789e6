"""A column that no longer varies."""

from driftline import words
from driftline.metric import distance
from driftline.profile import ColumnProfile
from driftline.sketches.distinct import Distinct
from driftline.types import Estimate


@distance(title="no longer varies", family="quality", low=0, high=1, threshold=0.5)
def constant(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """1 when the column has one value or none where the reference has more, else 0.

    The p-value is the chance that so many rows drawn from the reference would all hold its most likely value, bounded
    by the share of rows that the values not seen again have there. A column that is empty or constant on both sides is
    told of, and judged ok: it carries nothing.
    """
    now, was = current.get(Distinct).hashes.size, reference.get(Distinct).hashes.size
    n = current.n
    if not n or not reference.n:
        return None
    if now <= 1 and was <= 1:
        empty = not current.counts.values and not reference.counts.values
        what = "null in all rows" if empty else "the same value in all rows"
        says = f"{what} of the reference and now: it carries nothing and can be ignored"
        return Estimate(value=0.0, low=0.0, high=0.0, n=n, p_value=1.0, detail={"says": says, "notable": True})
    flat = now <= 1 < was
    repeated = reference.get(Distinct).counts.max(initial=0) / max(reference.counts.values, 1)
    p_value = float(repeated**n) if flat else 1.0
    says = f"{words.count(was, 'distinct value')} in the reference, {now} now" if flat else ""
    return Estimate(value=float(flat), low=float(flat), high=float(flat), n=n, p_value=p_value, detail={"says": says})
