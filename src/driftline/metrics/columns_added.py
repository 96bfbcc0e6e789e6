"""Columns that the reference does not have."""

from driftline import humanize
from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.roles import is_index
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

    The index that pandas writes without a name (`__index_level_0__`, `Unnamed: 0`) does not count.

    >>> from driftline.testing.examples import measure
    >>> print(measure("columns_added", {"x": [1, 2], "y": [1, 2]}, {"x": [1, 2]}))
    1, n = 2; reference 0
    """
    if not profile.rows:
        return None
    names = [said for said in profile.get(Formats).strangers if not is_index(said.split(": ", maxsplit=1)[0])]
    says = humanize.listing(names) if names else ""
    return Estimate(value=len(names), n=profile.rows, says=says, detail={"names": names[:100]})
