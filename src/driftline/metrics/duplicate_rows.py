"""Rows that come more than once."""

from driftline.metrics.base import distance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.repeats import Repeats
from driftline.stats import intervals
from driftline.types import Estimate


@distance(
    title="duplicate rows", family="quality", on="table", needs=Repeats, unit="share", low=0, high=1, threshold=0.01
)
def duplicate_rows(current: Profile, reference: Profile) -> Estimate | None:
    """Share of rows that are equal to an earlier one in all columns of the plan, 0 to 1, with Wilson's score interval.

    Exact up to 2,048 different rows; beyond, from a sample of about so many. Not taken of tables in which no column has
    more than 256 different numbers, for there equal rows are no sign of anything. By chance alone the share grows with
    the number of rows, as birthdays do: what is expected is the reference's share, times how many times more rows there
    are than there. Judged for being over 1 point more than that. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("duplicate_rows", {"x": list(range(300)) + [7, 8, 9]}, {"x": list(range(300))}))
    0.0099 (0.00337 to 0.0287), n = 303; reference 0
    """
    (now, rows), (was, base) = _repeated(current), _repeated(reference)
    if not rows or not base:
        return None
    growth = max(1.0, current.rows / reference.rows)
    usual = Estimate.from_interval(
        tuple(min(1.0, growth * share) for share in intervals.wilson(was, base)), reference.rows
    )
    says = f"{now:,} of {rows:,} {'rows' if current.get(Repeats).exact else 'sampled rows'} repeat an earlier one"
    value, low, high = intervals.wilson(now, rows)
    return Estimate(value=value, low=low, high=high, n=rows, reference=usual, says=says if now else "")


def _repeated(profile: Profile) -> tuple[int, int]:
    """Rows that repeat another, and rows, among those held."""
    held = profile.get(Repeats)
    rows = int(held.counts.sum())
    return rows - held.hashes.size, rows
