"""Rows that are unusual as a whole."""

from driftline import humanize
from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.unusual_rows import UnusualRows
from driftline.stats import intervals
from driftline.types import Estimate, Level

_TOLD = 3


@level(
    title="unusual rows", family="quality", on="table", needs=UnusualRows, unit="share", low=0, high=1, worse="up",
    threshold=0.02, most=Level.WARNING, by_segment=True, windowed=True,
)  # fmt: skip
def unusual_rows(profile: Profile) -> Estimate | None:
    """Share of rows whose values are together rarer than in 99 % of the reference's rows, 0 to 1.

    Each value counts by the negative logarithm of how often the reference has one as far out: of numbers twice the
    share in the smaller tail, of labels the share of all that are as rare. A row's score is the sum; the limit is its
    99 % quantile in the reference. It sees rows with several odd values that no column shows alone; a value counts no
    more for being further out than the largest there was (`extremes` does that). The columns that make the rows unusual
    are named. On request (`outliers: true`), judged for over 2 points more than in the reference, with a warning at
    most. Wilson's interval. Assumes independent rows. Source: Li et al. (2022), who take the larger of three such sums.
    With `outliers: forest` an isolation forest scores the rows instead (Liu, Ting & Zhou 2008).

    >>> from driftline.testing.examples import measure
    >>> now = {"x": [*range(900), *[2000] * 100], "y": [*range(900), *[-5] * 100]}
    >>> print(measure("unusual_rows", now, {"x": range(1000), "y": range(1000)}, outliers=True))
    0.104 (0.0866 to 0.124), n = 1,000; reference 0.008
    """
    found = profile.get(UnusualRows)
    if not found.rows:
        return None
    total = sum(found.causes.values())
    most = sorted(found.causes.items(), key=lambda item: (-item[1], item[0]))[:_TOLD]
    names = ", ".join(f"{name} ({humanize.quantity(rows / total, 'share')})" for name, rows in most)
    says = f"mostly by {names}" if total else ""
    return Estimate.from_interval(intervals.wilson(total, found.rows), found.rows, says=says)
