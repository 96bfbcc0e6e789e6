"""Columns that seem to come under another name."""

import re
from difflib import SequenceMatcher

from driftline.metrics.base import distance
from driftline.profiles.plan import is_number
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.formats import Formats
from driftline.types import Estimate, Level

_ALIKE = 0.6


@distance(
    title="columns renamed",
    family="schema",
    on="table",
    unit="columns",
    low=0,
    threshold=0.0,
    certain=True,
    most=Level.WARNING,
)
def column_renamed(current: Profile, reference: Profile) -> Estimate | None:
    """Number of columns that are gone while a new one of a like name and type has come: probably renamed. A guess.

    Names are compared without case and punctuation: alike when at least 60 % of their letters match in order, or when
    one holds the whole of the other; types when both are numbers, dates, or the very same. Each column is paired once,
    the most alike first. What is in a new column is not looked at, for the plan does not know it. A warning at most:
    that the column is gone is judged by itself. Source: Ratcliff & Metzener (1988).

    >>> from driftline.testing.examples import measure
    >>> print(measure("column_renamed", {"Price": [1.5, 2.5]}, {"price_": [1.5, 2.5]}))
    1, n = 2
    """
    gone = {
        name: was.plan.column.dtype
        for name, was in reference.columns.items()
        if was.plan.source is None and was.n and not current.columns[name].n
    }
    came = dict(said.split(": ", maxsplit=1) for said in current.get(Formats).strangers)
    pairs = [
        (_likeness(old, new), old, new)
        for old, dtype in gone.items()
        for new, other in came.items()
        if _class(dtype) == _class(other)
    ]
    found: dict[str, str] = {}
    for likeness, old, new in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if likeness >= _ALIKE and old not in found and new not in found.values():
            found[old] = new
    said = [f"{old!r} to {new!r}" for old, new in found.items()]
    says = ", ".join(said[:5]) + (f" and {len(said) - 5:,} more" if len(said) > 5 else "") + ", a guess" if said else ""
    return Estimate(value=len(found), n=current.rows, says=says, detail={"renamed": dict(list(found.items())[:100])})


def _likeness(old: str, new: str) -> float:
    """How alike two names are, 0 to 1."""
    a, b = (re.sub(r"[\W_]+", "", name.lower()) for name in (old, new))
    if min(len(a), len(b)) >= 3 and (a in b or b in a):
        return 1.0 if a == b else 0.9
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def _class(dtype: str) -> str:
    return "number" if is_number(dtype) else "date" if dtype.startswith("Date") else dtype.split("(", maxsplit=1)[0]
