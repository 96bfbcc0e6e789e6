"""Facts about what a column holds, for expectations: which values, which types, how often, how new."""

import re

import numpy as np
import polars as pl

from driftline import humanize
from driftline.data import hashing
from driftline.data.decode import as_labels
from driftline.profiles.plan import LABELS
from driftline.profiles.profile import ColumnProfile, Profile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.categories import MOST_UNSEEN, Categories
from driftline.profiles.sketches.distinct import Distinct
from driftline.profiles.sketches.dtypes import Dtypes
from driftline.profiles.sketches.formats import Formats
from driftline.profiles.sketches.moments import Moments
from driftline.profiles.sketches.rhythm import HOUR, Rhythm
from driftline.stats.intervals import wilson
from driftline.types import Estimate, Role
from driftline.windows import iso


def outside_set(column: ColumnProfile, allowed: tuple[str, ...]) -> Estimate:
    """Share of the values that are none of these, 0 to 1; what cannot be read as the column's kind is none of them.

    Exact for categories and truth values, and for others of fewer than 1,024 distinct values; beyond, between bounds,
    and zero only if it can be.
    """
    counts = column.counts
    written = as_labels(pl.Series(allowed), column.plan.kind, numbers=column.plan.of_numbers).to_list()
    strange: dict[str, int] = {}
    if column.plan.kind in LABELS:
        low, high, strange = _outside_categories(column.get(Categories), set(written))
    else:
        found = column.get(Distinct)
        numbers = pl.Series(allowed).cast(pl.Float64, strict=False).drop_nulls().to_numpy()
        hashes = np.concatenate((hashing.of_labels(written), hashing.of_numbers(numbers)))
        inside = np.isin(found.hashes, hashes)
        low = int(found.counts[~inside].sum())
        high = low if found.exact else counts.values - int(found.counts[inside].sum())
    return _share(column, low, high, "in the set", humanize.listing([*strange], 3) if strange else "")


def _outside_categories(found: Categories, allowed: set[str]) -> tuple[int, int, dict[str, int]]:
    """Least and most rows whose label is not allowed, and some of these labels that may be shown, by their rows."""
    plan, labels = found.plan, sorted(allowed)
    places = plan.places(labels)
    outside = found.counts.copy()
    outside[places[places >= 0]] = 0
    strange = {
        plan.categories[at]: int(outside[at]) for at in np.flatnonzero(outside) if plan.categories[at] in plan.common
    }
    hashes = set(hashing.of_labels([label for label, place in zip(labels, places, strict=True) if place < 0]).tolist())
    named = {key: int(pair[1]) for key, pair in found.names.items()}
    inside = sum(n for key, n in named.items() if key in hashes)
    strange |= {label: n for label, n in found.unseen_labels.items() if label not in allowed}
    rest = found.unseen - sum(named.values())  # of labels too many to keep by name
    hidden = len(named) == MOST_UNSEEN and any(key > max(named) for key in hashes)
    high = int(outside.sum()) + found.unseen - inside
    ordered = dict(sorted(strange.items(), key=lambda pair: (-pair[1], pair[0])))
    return (high - rest if hidden else high), high, ordered


def outside_range(column: ColumnProfile, low: float | None, high: float | None) -> Estimate:
    """Share of the values below `low` or above `high`, 0 to 1; infinite and unreadable ones are outside.

    Whether there are any is exact; how many is exact where the ends are edges of the plan, else between bounds.
    """
    edges, bins, moments = column.plan.edges, column.get(Bins).counts, column.get(Moments)
    starts, ends = np.repeat(np.append(-np.inf, edges), 2)[1:], np.repeat(np.append(edges, np.inf), 2)[:-1]
    bottom, top = (-np.inf if low is None else low), (np.inf if high is None else high)
    point = starts == ends  # else the open interval between two edges
    surely = np.where(point, (starts < bottom) | (starts > top), (ends <= bottom) | (starts >= top))
    maybe = np.where(point, surely, (starts < bottom) | (ends > top))
    seen = [moments.minimum < bottom, moments.maximum > top] if moments.n else [False, False]
    least = max(int(bins[surely].sum()), sum(seen))
    most = max(int(bins[maybe].sum()), least) if any(seen) else 0
    ends_said = f"{_said(column, moments.minimum)} to {_said(column, moments.maximum)}" if moments.n else ""
    return _share(column, least if any(seen) else 0, most, "in the range", ends_said and f"they are {ends_said}")


def _said(column: ColumnProfile, number: float) -> str:
    return humanize.number(number) if column.plan.kind.value == "numeric" else iso(number)


def _share(column: ColumnProfile, low: int, high: int, where: str, says: str) -> Estimate:
    """The share outside, of the values and of what should be one."""
    counts = column.counts
    odd = counts.invalid + counts.positive_infinite + counts.negative_infinite
    n, low, high = counts.values + odd, low + odd, high + odd
    if not n:
        return Estimate(value=None, why="no values")
    value = low if not low else (low + high) / 2
    told = (
        f"all {humanize.count(n, 'value')} are {where}"
        if not high
        else f"{humanize.quantity(value / n, 'share')} are not"
    )
    if low < high:
        ends = f"{humanize.quantity(low / n, 'share')} to {humanize.quantity(high / n, 'share')}"
        told = f"{ends} of {n:,} values are not {where}"
    elif high:
        told = f"{high:,} of {humanize.count(n, 'value')} {'is' if high == 1 else 'are'} not {where}"
    if odd:
        told += f", {odd:,} of them infinite or unreadable"
    return Estimate(value=value / n, low=low / n, high=high / n, n=n, says=f"{told}: {says}" if says and high else told)


def repeated(column: ColumnProfile) -> Estimate:
    """Share of rows whose value came before, 0 to 1: exact up to 131,072 distinct ids, 1,024 values of other columns.

    Beyond, from a uniform sample of that many values, with Wilson's score interval.
    """
    found = column.get(Distinct)
    again, rows = found.repeated()
    if not rows:
        return Estimate(value=None, why="no values")
    if found.exact:
        says = f"{again:,} of {humanize.count(rows, 'value')} came before" if again else f"no value of {rows:,} repeats"
        return Estimate(value=again / rows, low=again / rows, high=again / rows, n=rows, says=says)
    value, low, high = wilson(again, rows)
    says = f"in a uniform sample of {found.size:,} distinct values {again:,} rows repeat one"
    return Estimate(value=value, low=low, high=high, n=rows, says=says)


def other_types(column: ColumnProfile, allowed: tuple[str, ...]) -> Estimate:
    """Share of the rows that come in another type, 0 to 1; a type without parameters stands for any."""
    rows = {dtype: n for dtype, n in column.get(Dtypes).rows.items() if n and dtype and dtype != "Null"}
    total = sum(rows.values())
    if not total:
        return Estimate(value=None, why="no values")
    other = {dtype: n for dtype, n in rows.items() if not {dtype, dtype.split("(")[0]} & set(allowed)}
    share = sum(other.values()) / total
    says = f"it is {' and '.join(rows)}"
    return Estimate(value=share, low=share, high=share, n=total, says=says, detail={"types": list(rows)})


def wrong_columns(profile: Profile, names: tuple[str, ...], *, whole: bool) -> Estimate:
    """Number of these columns that are not in every row, and with `whole` of columns that are none of them."""
    if not profile.rows:
        return Estimate(value=None, why="no rows, and so no columns")
    rows = {name: column.n for name, column in profile.columns.items() if column.plan.source is None}
    for said, n in profile.get(Formats).strangers.items():
        name = re.split(r": (?=[A-Z]\w*(?:\(|$))", said, maxsplit=1)[0]  # "name: type"
        rows[name] = rows.get(name, 0) + n
    gone = [name for name in names if rows.get(name, 0) < profile.rows]
    more = [name for name, n in rows.items() if whole and n and name not in names]
    parts = [f"without {humanize.listing(gone)}"] * bool(gone) + [f"with {humanize.listing(more)} as well"] * bool(more)
    says = ", ".join(parts) or "all are there"
    number = len(gone) + len(more)
    return Estimate(value=number, low=number, high=number, n=profile.rows, says=says)


def age(profile: Profile, column: ColumnProfile, now: float, second: float) -> Estimate:
    """Time from the newest value to `now` (microseconds since 1970), in units of so many seconds.

    Where there are later dates than now, it is known to the hour for the timestamp, and not at all for other columns.
    """
    moments, rhythm = column.get(Moments), profile.get_or_none(Rhythm)
    if not moments.n:
        return Estimate(value=None, why="no dates")
    newest = oldest = moments.maximum
    if newest > now:
        hours = [hour for hour in (rhythm.hours if rhythm else ()) if hour * HOUR <= now]
        if not hours or column.plan.role is not Role.TIMESTAMP:
            return Estimate(value=None, n=moments.n, why=f"the newest date, {iso(newest)}, is yet to come")
        oldest, newest = max(hours) * HOUR, min((max(hours) + 1) * HOUR, now)
    unit = second * 1e6
    says = f"the newest is {iso(newest)}, seen from {iso(now)}"
    low, high = (now - newest) / unit, (now - oldest) / unit
    return Estimate(value=low, low=low, high=high, n=moments.n, says=says)
