"""Columns that the reference does not have."""

from driftline import humanize
from driftline.metrics.base import level
from driftline.metrics.base_schema import renamed
from driftline.profiles.fitting.roles import is_index
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.formats import Formats
from driftline.types import Estimate, Level


@level(
    title="columns added",
    family="schema",
    on="table",
    unit="columns",
    low=0,
    threshold=0.0,
    certain=True,
    most=Level.WARNING,
)
def columns_added(profile: Profile) -> Estimate | None:
    """Number of columns that the reference does not have. A fact, not an estimate; a warning at most.

    The index that pandas writes without a name (`__index_level_0__`, `Unnamed: 0`) does not count, nor do columns that
    are probably renamed: see `column_renamed`.

    >>> from driftline.testing.examples import measure
    >>> print(measure("columns_added", {"x": [1, 2], "y": [1, 2]}, {"x": [1, 2]}))
    1, n = 2; reference 0
    """
    if not profile.rows:
        return None
    formats = profile.get(Formats)
    known = set(renamed(formats, {name: column.n for name, column in profile.columns.items()}).values())
    names = [
        said
        for said in formats.strangers
        if not is_index(name := said.rsplit(": ", maxsplit=1)[0]) and name not in known
    ]
    says = humanize.listing(names) if names else ""
    return Estimate(value=len(names), n=profile.rows, says=says, detail={"names": names[:100]})
