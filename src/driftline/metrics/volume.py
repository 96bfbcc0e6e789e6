"""Number of rows against the reference's rhythm."""

import math

import numpy as np

from driftline import words
from driftline.metric import distance
from driftline.profile import Profile
from driftline.rhythms import Rhythms
from driftline.sketches.rhythm import HOUR, Rhythm
from driftline.types import Estimate, Role
from driftline.windows import iso


@distance(title="volume", family="quality", on="table", needs=Rhythm, low=0, worse="both", threshold=0.3)
def volume(current: Profile, reference: Profile) -> Estimate | None:
    """Rows per expected row: 1 is as many as the reference had in the same hours of the week, from 0.

    Expected is the reference's mean of each hour of the week (of the hour of the day, or of all hours, where it has none).
    The interval adds how much the reference's own stretches of that length vary around its rhythm to Poisson noise. Judged
    only where the person named the timestamp, for being over 30 % off.
    """
    timestamp = current.plan.with_role(Role.TIMESTAMP)
    if timestamp is None:
        return None
    rhythm, hours = Rhythms.of(reference), _hours(current)
    if rhythm is None or not len(hours):
        return Estimate(value=None, n=current.rows, detail={"why": "no timestamps to compare"})
    rows = current.get(Rhythm).hours
    found = np.array([rows.get(int(hour), 0) for hour in hours])
    expected = rhythm.expected(hours)
    total, hoped = int(found.sum()), float(expected.sum())
    if hoped <= 0:
        return Estimate(value=None, n=current.rows, detail={"why": "the reference has no rows in these hours"})
    spread = math.sqrt(rhythm.spread(len(hours)) ** 2 + 1 / max(hoped, 1.0) + 1 / max(rhythm.rows, 1))
    value = total / hoped
    near, far = max(0.0, value * math.exp(-1.96 * spread)), max(value, 3 / hoped) * math.exp(1.96 * spread)
    z = abs(math.log(max(value, 0.5 / hoped))) / spread
    detail = {"says": f"{words.count(total, 'row')}, expected about {hoped:,.0f}" + _gap(hours, found, expected)}
    if timestamp.column.guessed:
        detail["described"] = "the timestamp is a guess"
    return Estimate(value=value, low=near, high=far, n=int(hoped), p_value=math.erfc(z / math.sqrt(2)), detail=detail)


def _hours(profile: Profile) -> np.ndarray:  # type: ignore[type-arg]
    """The hours since 1970 that these rows stand for: of the window if one was named, else from first to last."""
    if profile.span is not None:
        start, end = profile.span
        return np.arange(math.floor(start / HOUR), math.ceil(end / HOUR))
    hours = np.array(sorted(profile.get(Rhythm).hours))
    if not hours.size:
        return hours
    upto = np.cumsum([profile.get(Rhythm).hours[int(hour)] for hour in hours])
    low, high = hours[np.searchsorted(upto, [0.01 * upto[-1], 0.99 * upto[-1]])]
    reach = high - low + 24  # stray dates do not stretch the time that the rows stand for
    near = hours[(hours >= low - reach) & (hours <= high + reach)]
    return np.arange(near[0], near[-1] + 1)


def _gap(hours: np.ndarray, found: np.ndarray, expected: np.ndarray) -> str:  # type: ignore[type-arg]
    """The longest stretch of empty hours in which rows were expected, in words."""
    best, start = (0, 0), None
    for position in range(len(hours) + 1):
        if position < len(hours) and found[position] == 0:
            start = position if start is None else start
        elif start is not None:
            best, start = max(best, (position - start, -start)), None
    length, first = best[0], -best[1]
    if not length or expected[first : first + length].sum() < 10:
        return ""
    return f"; no rows from {iso(hours[first] * HOUR)[:16]} to {iso((hours[first] + length) * HOUR)[:16]}"
