"""The clocks of time zones: local time of an instant and back, and the hours that a clock skips or shows twice."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from driftline.arrays import Floats, Integers

_UNIT = timedelta(microseconds=1)
_DAY = 86_400e6
_WEEK = 7 * _DAY
_LAST = 6_800 * _WEEK  # the year 2100: later instants have the last offset
PLACES = (
    "America/New_York", "Europe/London", "Europe/Berlin", "Europe/Athens", "Australia/Sydney", "Pacific/Auckland",
    "America/Santiago", "America/Havana", "Asia/Jerusalem", "Africa/Cairo",
)  # fmt: skip
"""Places whose clocks change at different times: with them the changes of nearly all clocks are known."""


@dataclass(frozen=True, eq=False)
class Clock:
    """The clock of a time zone; all times are in microseconds since 1970, instants in UTC.

    `offsets` (k + 1,) are what it is ahead of UTC before, between and after the instants `changes` (k,).
    """

    name: str
    changes: Floats
    offsets: Floats

    def local(self, instants: Floats) -> Floats:
        """What the clock shows (n,) at instants (n,).

        >>> float(find_clock("Asia/Kolkata").local(np.zeros(1))[0] / 3600e6)
        5.5
        """
        return instants + self.offsets[np.searchsorted(self.changes, instants, "right")]

    def instants(self, local: Floats) -> Floats:
        """When the clock shows these times (n,): the first time of two, and of those that it skips an hour later."""
        after = self.changes + np.maximum(self.offsets[:-1], self.offsets[1:])
        return local - self.offsets[np.searchsorted(after, local, "right")]

    def count_shown(self, local: Floats) -> Integers:
        """How often the clock shows these times (n,): 0, 1 or 2 times.

        >>> from datetime import UTC
        >>> berlin = find_clock("Europe/Berlin")
        >>> nights = [datetime(2024, month, day, 2, 30, tzinfo=UTC) for month, day in ((3, 31), (6, 1), (10, 27))]
        >>> berlin.count_shown(np.array([night.timestamp() * 1e6 for night in nights])).tolist()
        [0, 1, 2]
        """
        before, after = (local + (near - self.local(near)) for near in (local - _DAY, local + _DAY))
        times: Integers = np.equal(self.local(before), local).astype(np.int64)
        times[(before != after) & (self.local(after) == local)] += 1
        return times


@lru_cache(maxsize=64)
def find_clock(name: str) -> Clock | None:
    """The clock of a zone, such as `Europe/Berlin`, `UTC` or `+05:30`; None where no zone is called so."""
    zone = _find_zone(name)
    if zone is None:
        return None
    if (always := zone.utcoffset(None)) is not None:  # it never changes
        return Clock(name, np.empty(0), np.array([always / _UNIT]))
    weeks = np.arange(0.0, _LAST, _WEEK)
    offsets = np.array([_offset(zone, instant) for instant in weeks.tolist()])
    changed = np.flatnonzero(np.diff(offsets))
    changes = [_bisect(zone, float(weeks[at]), float(weeks[at + 1])) for at in changed.tolist()]
    return Clock(name, np.array(changes), np.append(offsets[:1], offsets[changed + 1]))


def _find_zone(name: str) -> tzinfo | None:
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", name)
    if found:
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-ahead if found[1] == "-" else ahead) if ahead < timedelta(days=1) else None
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return None


def _offset(zone: tzinfo, instant: float) -> float:
    return (datetime.fromtimestamp(instant / 1e6, zone).utcoffset() or timedelta(0)) / _UNIT


def _bisect(zone: tzinfo, low: float, high: float) -> float:
    """The instant between these from which on the offset is that of the later one, to the minute."""
    was = _offset(zone, low)
    while high - low > 60e6:
        middle = low + (high - low) // 120e6 * 60e6
        low, high = (middle, high) if _offset(zone, middle) == was else (low, middle)
    return high
