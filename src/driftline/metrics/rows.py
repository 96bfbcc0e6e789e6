"""Number of rows."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.types import Estimate


@level(title="rows", family="quality", on="table", unit="rows", low=0)
def rows(profile: Profile) -> Estimate | None:
    """Number of rows. Described only: what number is right is judged by `volume`, where there is a timestamp.

    >>> from driftline.testing.examples import measure
    >>> print(measure("rows", [1.5, 2.5, 3.5]))
    3, n = 3
    """
    return Estimate(value=profile.rows, n=profile.rows)
