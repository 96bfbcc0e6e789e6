"""Columns that seem to come under another name."""

from driftline.metrics.base import distance
from driftline.metrics.base_schema import renamed
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.formats import Formats
from driftline.types import Estimate


@distance(title="columns renamed", family="schema", on="table", unit="columns", low=0, threshold=0.0, certain=True)
def column_renamed(current: Profile, reference: Profile) -> Estimate | None:
    """Number of columns that are gone while a new one of a like name and type has come: probably renamed. A guess.

    Names are compared without case and punctuation: alike when at least 60 % of their letters match in order, or when
    one holds the whole of the other; types when both are numbers, dates, or the very same, and text from a file without
    types may be any. A new column is that of the reference's columns whose name is the most like its own. What is in it
    is not looked at, for the plan does not know it. Neither the old name counts as gone then, nor the new one as added.
    Source: Ratcliff & Metzener (1988).

    >>> from driftline.testing.examples import measure
    >>> print(measure("column_renamed", {"Price": [1.5, 2.5]}, {"price_": [1.5, 2.5]}))
    1, n = 2
    """
    present = {name: column.n for name, column in current.columns.items()}
    found = {old: new for old, new in renamed(current.get(Formats), present).items() if reference.columns[old].n}
    said = [f"{old!r} to {new!r}" for old, new in found.items()]
    says = ", ".join(said[:5]) + (f" and {len(said) - 5:,} more" if len(said) > 5 else "") + ", a guess" if said else ""
    return Estimate(value=len(found), n=current.rows, says=says, detail={"renamed": dict(list(found.items())[:100])})
