"""Rows that come more than once."""

from dataclasses import replace

import numpy as np

from driftline.metrics.base import distance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.repeats import Repeats
from driftline.stats import intervals
from driftline.types import Estimate

_FEW = 16  # copies: a row with more of them stands for itself alone
_SURE = 3.0  # standard errors


@distance(
    title="duplicate rows", family="quality", on="table", needs=Repeats, unit="share", low=0, high=1, threshold=0.01
)
def duplicate_rows(current: Profile, reference: Profile) -> Estimate | None:
    """Share of rows that are equal to an earlier one in all columns of the plan, 0 to 1, with Wilson's score interval.

    Exact up to 4,096 different rows. Beyond, from a sample of about so many: rows that come a few times are as many as
    among those; what the different rows, counted by their hashes, do not make up are copies of a few rows that the
    sample may have missed, such as one that is stuck (told only where they are more than chance; the interval reaches
    to what could be, about 3 points). Not taken of tables in which no column has more than 256 different numbers, for
    there equal rows are no sign of anything, nor where a column is gone. By chance alone the share grows with the
    number of rows, as birthdays do: what is expected is the reference's share, times how many times more rows there are
    than there. Judged for being over 1 point more than that. Source: Wilson (1927); Beyer et al. (2007).

    >>> from driftline.testing.examples import measure
    >>> print(measure("duplicate_rows", {"x": list(range(300)) + [7, 8, 9]}, {"x": list(range(300))}))
    0.0099 (0.00337 to 0.0287), n = 303; reference 0
    """
    now, was = current.get(Repeats), reference.get(Repeats)
    gone = any(column.n and not current.columns[name].n for name, column in reference.columns.items())
    if not now.hashes.size or not was.hashes.size or gone:
        return None
    growth = max(1.0, current.rows / reference.rows)
    usual = Estimate.from_interval(
        tuple(min(1.0, growth * share) for share in _share(was, reference.rows)), reference.rows
    )
    share = _share(now, current.rows)
    copies = round(share[0] * current.rows)
    says = f"{'' if now.exact else 'about '}{copies:,} of {current.rows:,} rows repeat an earlier one" if copies else ""
    sampled = Estimate.from_interval(share, current.rows if now.exact else int(now.counts.sum()), says=says)
    return replace(sampled, reference=usual)


def _share(held: Repeats, rows: int) -> tuple[float, float, float]:
    """Share of rows that repeat another, with its interval."""
    if held.exact:
        total = int(held.counts.sum())
        return intervals.wilson(total - held.hashes.size, total)
    counts = held.counts[:-1].astype(np.float64)  # the last hash says how far the others reach
    few = counts <= _FEW
    light, known = counts[few], float(counts[~few].sum()) / rows
    copies = float((counts[~few] - 1).sum()) / rows
    spread = float((light**2).sum()) / float(light.sum())  # so many rows are as good as one, for copies come together
    seen = float(light.sum()) / spread
    repeated = intervals.wilson(seen * (1 - light.size / float(light.sum())), seen)
    reach = (float(held.hashes[-1]) + 1) / 2.0**64
    sizes = np.unique(held.hashes[:-1][few] >> np.uint64(32), return_counts=True)[1]  # rows of one key come together
    made = float(light.sum()) / reach / (rows * (1 - known))
    error = (
        made * float(np.sqrt((sizes**2).sum())) / light.size
        + made * float(light.std() / light.mean()) / light.size**0.5
    )
    missed = 1 - made
    missed_ends = missed if missed > _SURE * error else 0.0, max(missed - 2 * error, 0.0), max(missed + 2 * error, 0.0)
    value, low, high = (
        min(copies + (1 - known) * (far + (1 - far) * near), 1.0)
        for far, near in zip(missed_ends, repeated, strict=True)
    )
    return value, min(low, value), max(high, value)
