"""The numbers behind the pictures: a column's reference and current distribution in the same few bars."""

import math
import re

import numpy as np

from driftline import humanize
from driftline.arrays import Floats, Integers
from driftline.profiles.plan import NUMBERS
from driftline.profiles.profile import ColumnProfile, Profile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.categories import Categories
from driftline.profiles.sketches.rhythm import HOUR, Rhythm
from driftline.types import Bar, ChartData, Kind, Role
from driftline.windows import iso

Hours = dict[int, int]
_BARS, _NAMES = 24, 12
_ORDERED = 31  # whole numbers that are shown one by one: hours, days of a month
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MUCH = 0.02  # share of the rows in one bin of the plan, beyond which more than one bar inside it would be made up
_ROUND = (1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_SPANS = tuple(
    1e6 * seconds
    for seconds in (
        1,
        5,
        15,
        60,
        300,
        900,
        *(3600 * hours for hours in (1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 720, 2184, 8766)),
    )
)  # of time, in microseconds


def chart_column(
    current: ColumnProfile, reference: ColumnProfile, hours: tuple[Hours, Hours] | None = None
) -> ChartData | None:
    """The two distributions of one column as shares of their rows, or None for a column without values to draw.

    `hours` are the rows by hour since 1970 of both sides, where they are known: of the timestamp.
    """
    kind = current.plan.kind
    if kind is Kind.TEXT:
        return None
    bars = _numeric(current, reference, hours) if kind in NUMBERS else _labelled(current, reference)
    return ChartData(current.plan.column, (*bars, *_special(current, reference)))


def chart_columns(current: Profile, reference: Profile) -> list[ChartData]:
    """The two distributions of each column that has any."""
    timestamp, ours, theirs = (
        reference.plan.with_role(Role.TIMESTAMP),
        current.get_or_none(Rhythm),
        reference.get_or_none(Rhythm),
    )
    hours = (ours.hours, theirs.hours) if ours and theirs else None
    charts = [
        chart_column(current.columns[name], column, hours if column.plan is timestamp else None)
        for name, column in reference.columns.items()
    ]
    return [chart for chart in charts if chart is not None]


def _special(current: ColumnProfile, reference: ColumnProfile) -> list[Bar]:
    now, was = current.counts, reference.counts
    pairs = [
        ("missing", was.null, now.null),
        ("NaN", was.nan, now.nan),
        ("infinite", was.positive_infinite + was.negative_infinite, now.positive_infinite + now.negative_infinite),
        ("unreadable", was.invalid, now.invalid),
    ]
    if found := current.get_or_none(Categories):
        pairs.append(("new values", reference.get(Categories).unseen, found.unseen))
    return [Bar(name, _part(a, was.rows), _part(b, now.rows), special=True) for name, a, b in pairs if a or b]


def _part(count: float, rows: int) -> float:
    return float(count) / rows if rows else 0.0


def _labelled(current: ColumnProfile, reference: ColumnProfile) -> list[Bar]:
    now, was = current.get(Categories).counts, reference.get(Categories).counts
    names = current.plan.categories
    ordered = _order(names)
    top = np.argsort(-np.maximum(was / max(reference.n, 1), now / max(current.n, 1)), kind="stable")
    top = top[[bool(current.plan.redacted) or names[at] in current.plan.common for at in top]][:_NAMES]
    shown = list(ordered) if ordered else sorted(top)
    is_weekday = current.plan.source is not None and current.plan.source[1] == "weekday"
    labels = [_WEEKDAYS[int(name) - 1] for name in names] if is_weekday else names
    bars = [
        Bar(labels[i], _part(was[i], reference.n), _part(now[i], current.n), ordered.get(i), ordered.get(i))
        for i in shown
    ]
    top = np.array(shown, np.int64)
    if (rest := len(names) - len(top)) > 0:
        others = np.setdiff1d(np.arange(len(names)), top)
        label = f"{rest:,} others"
        bars.append(Bar(label, _part(was[others].sum(), reference.n), _part(now[others].sum(), current.n)))
    return bars


def _order(names: tuple[str, ...]) -> dict[int, float | None]:
    """Positions of a few whole numbers, such as hours, or of days of the week, in their order; else none.

    A whole number stands for itself.

    >>> _order(("10", "9")), _order(("Tue", "Monday")), _order(("a", "1"))
    ({1: 9.0, 0: 10.0}, {1: None, 0: None}, {})
    """
    if 1 < len(names) <= _ORDERED and all(re.fullmatch(r"-?\d{1,4}", name) for name in names):
        return {at: float(names[at]) for at in sorted(range(len(names)), key=lambda at: int(names[at]))}
    days = [name[:3].title() for name in names]
    if names and set(days) <= set(_WEEKDAYS):
        return dict.fromkeys(sorted(range(len(names)), key=lambda at: _WEEKDAYS.index(days[at])))
    return {}


def _numeric(current: ColumnProfile, reference: ColumnProfile, hours: tuple[Hours, Hours] | None) -> list[Bar]:
    """Round steps over the middle of both sides; values inside a bin of the plan count as evenly spread in it."""
    edges = current.plan.edges
    now, was = current.get(Bins).counts, reference.get(Bins).counts
    ends = _span(*hours) if hours and all(hours) else _middle(edges, was, now) if edges.size else (0.0, 0.0)
    if not edges.size or not math.isfinite(ends[1] - ends[0]):
        return [Bar("all values", _part(reference.counts.values, reference.n), _part(current.counts.values, current.n))]
    write = iso if current.plan.kind is Kind.DATETIME else humanize.number
    if current.plan.complete and edges.size and (was > 0).sum() <= _BARS and not now[::2].any():
        seen = np.flatnonzero((was[1::2] > 0) | (now[1::2] > 0))
        return [
            Bar(
                write(edges[i]),
                _part(was[2 * i + 1], reference.n),
                _part(now[2 * i + 1], current.n),
                edges[i],
                edges[i],
            )
            for i in seen
        ]
    values = edges[was[1::2] > 0]
    whole = bool(values.size and np.all(values == np.rint(values)))
    grid = _grid(*ends, time=current.plan.kind is Kind.DATETIME, whole=whole)
    if hours is not None and not np.any(grid % HOUR):
        sides = [_hourly(rows, grid, counts) for rows, counts in zip(hours, (now, was), strict=True)][::-1]
    else:
        grid = _known(grid, edges, was / max(was.sum(), 1) + now / max(now.sum(), 1))
        sides = [np.diff(_upto(edges, counts, grid), prepend=0.0, append=float(counts.sum())) for counts in (was, now)]
    shares = [side / max(rows, 1) for side, rows in zip(sides, (reference.n, current.n), strict=True)]
    bounds: list[float | None] = [None, *grid.tolist(), None]
    words = ["", *(write(end) for end in grid.tolist()), ""]
    bars = []
    for i, (a, b) in enumerate(zip(*shares, strict=True)):
        low, high = bounds[i], bounds[i + 1]
        if (low is None or high is None) and a + b < 1e-12:
            continue
        label = (
            f"up to {words[i + 1]}"
            if low is None
            else f"over {words[i]}"
            if high is None
            else f"{words[i]} to {words[i + 1]}"
        )
        bars.append(Bar(label, float(a), float(b), low, high))
    return bars


def _grid(low: float, high: float, *, time: bool, whole: bool) -> Floats:
    """At most 25 ends of bars, in equal round steps from below `low` to `high` or above; steps of whole numbers whole.

    >>> _grid(0.013, 0.71, time=False, whole=False)[[0, 1, -1]].tolist()
    [0.0, 0.04, 0.72]
    >>> _grid(17, 71, time=False, whole=True)[[0, 1, -1]].tolist()
    [15.0, 18.0, 72.0]
    """
    least = (high - low) / (_BARS - 1)
    if least < 1e-300:
        return np.linspace(low, high, _BARS + 1)
    step = next((span for span in _SPANS if span >= least), 0.0) if time else 0.0
    if not step:
        unit = 10.0 ** math.floor(math.log10(least))
        rounds = (unit * part for part in _ROUND)
        step = next((each for each in rounds if each >= least and not (whole and each % 1)), 10 * unit)
        step = max(step, 1.0) if whole else step
    first = math.floor(low / step)
    grid = np.arange(first, max(math.ceil(high / step), first + 1) + 1, dtype=np.float64) * step
    return grid if np.all(np.diff(grid) > 0) else np.linspace(low, high, _BARS + 1)


def _span(*sides: Hours) -> tuple[float, float]:
    """First and last time that hold the middle 98 % of each side."""
    ends = []
    for side in sides:
        hours = sorted(side)
        upto = np.cumsum([side[hour] for hour in hours])
        first, last = np.searchsorted(upto, [0.01 * upto[-1], 0.99 * upto[-1]])
        ends += [hours[first], hours[last] + 1]
    return min(ends) * HOUR, max(ends) * HOUR


def _hourly(hours: Hours, grid: Floats, counts: Integers) -> Floats:
    """Rows (ends + 1,) before, between and after ends that are full hours; those of no known hour come before."""
    found = np.zeros(grid.size + 1)
    np.add.at(found, np.searchsorted(grid, np.array(list(hours)) * HOUR, "right"), list(hours.values()))
    found[0] += float(counts.sum()) - found.sum()
    return found


def _known(grid: Floats, edges: Floats, shares: Floats) -> Floats:
    """The ends of bars without those inside a bin that holds much: how its rows lie in there is not known.

    `shares` (2k + 1,) of both sides together. Two ends inside one such bin, or more, would make a bar of rows that may
    lie elsewhere.
    """
    bins = np.searchsorted(edges, grid, "left") + np.searchsorted(edges, grid, "right")
    inside = (shares[bins] > _MUCH) & (np.bincount(bins, minlength=shares.size)[bins] > 1)
    inside[[0, -1]] = False
    kept: Floats = grid[~inside]
    return kept


def _middle(edges: Floats, *sides: Integers) -> tuple[float, float]:
    """Low and high end that hold the middle 98 % of each side."""
    lows, highs = [], []
    for counts in sides:
        if total := counts.sum():
            upto = np.cumsum(counts)
            first, last = np.searchsorted(upto, [0.01 * total, 0.99 * total])
            lows.append(edges[min(max((first - 1) // 2, 0), edges.size - 1)])
            highs.append(edges[min(last // 2, edges.size - 1)])
    low, high = (min(lows), max(highs)) if lows else (edges[0], edges[-1])
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(high) + 0.5)


def _upto(edges: Floats, counts: Integers, grid: Floats) -> Floats:
    """Rows at or below each grid point, evenly spread inside open bins."""
    below = np.concatenate(([0.0], np.cumsum(counts)[1:-1:2]))  # at or below each edge, after a start
    with np.errstate(over="ignore"):
        points = np.concatenate(([edges[0] - (edges[-1] - edges[0] or 1.0)], edges))
    just_below = np.cumsum(counts)[0:-1:2]
    x = np.stack((edges, edges), axis=1).ravel()
    y = np.stack((just_below, below[1:]), axis=1).ravel()
    x, y = np.concatenate(([points[0]], x)), np.concatenate(([0.0], y))
    right: Floats = np.interp(grid, x, y, left=0.0, right=float(counts.sum()))
    at = np.searchsorted(edges, grid, "right") - 1
    exact = (at >= 0) & (edges[np.maximum(at, 0)] == grid)
    return np.where(exact, below[1:][np.maximum(at, 0)], right)
