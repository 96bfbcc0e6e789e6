"""A column whose type is another one, and whether its values survive that."""

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.plan import LABELS, NUMBERS, is_number
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.categories import Categories
from driftline.profiles.sketches.dtypes import Dtypes
from driftline.types import Estimate


@distance(title="type changed", family="schema", unit="share", low=0, high=1, threshold=0.01, certain=True)
def type_changed(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of values lost by a change of the column's type, 0 to 1; 0 while the type is the same.

    Numbers are lost when they cannot be read as numbers, dates when not as dates, categories when the reference does
    not know them, after whole numbers are written alike in any type. An integer that became a float, or a narrower
    integer, loses nothing and is ok. A fact, not an estimate.

    >>> from driftline.testing.examples import measure
    >>> print(measure("type_changed", ["1", "2", "three", "4"] * 25, [1, 2, 3, 4] * 25))
    0.25, n = 100
    """
    now = [dtype for dtype, rows in current.get(Dtypes).rows.items() if rows and dtype]
    was = [dtype for dtype, rows in reference.get(Dtypes).rows.items() if rows and dtype]
    if not now or not was:
        return None
    if set(now) <= set(was):
        return Estimate(value=0.0, n=current.sample_size)
    counts, kind = current.counts, current.plan.kind
    values = counts.values + counts.invalid
    lost = counts.invalid if kind in NUMBERS else current.get(Categories).unseen if kind in LABELS else 0
    change = f"{_shown(was)} in the reference, {_shown(now)} now"
    if kind in LABELS and (reference.get(Categories).counts.sum() == 0 or _class(now) == _class(was)):
        lost = 0  # numbers are written alike in any type: a value not known is new, not lost
    if not values:
        return Estimate(value=0.0, n=current.sample_size, says=f"{change}; it holds no values", notable=True)
    if not lost:
        says = f"{change}; all {values:,} values survive: harmless"
    else:
        meaning = "can not be read as " + kind.value if kind in NUMBERS else "are unknown to the reference"
        says = f"{change}; {lost:,} of {humanize.count(values, 'value')} {meaning}"
    return Estimate(
        value=lost / values, n=current.sample_size, says=says, notable=True, detail={"from": was, "to": now}
    )


def _class(dtypes: list[str]) -> set[str]:
    return {"number" if is_number(dtype) else dtype for dtype in dtypes}


def _shown(dtypes: list[str]) -> str:
    return " and ".join(dtype.split("(")[0] for dtype in dtypes)
