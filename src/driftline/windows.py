"""Windows of event time: a fixed grid, and how wide to make it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.clocks import find_clock

_UNITS = {"m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_WIDTHS = (60.0, 300.0, 900.0, 3600.0, 6 * 3600.0, 86_400.0, 604_800.0, 30 * 86_400.0, 365 * 86_400.0, 3650 * 86_400.0)
MOST = 31
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3600e6
WEEK = 4 * 24 * HOUR  # the first Monday since 1970, where weeks begin
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CENTURIES = (-2_208_988_800e6, 7_258_118_400e6)  # 1900 and 2200: dates before and after are taken to be errors


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A span of event time: from `start` until `end` (microseconds since 1970 UTC), the end excluded.

    >>> str(Window(0.0, 3600e6))
    '1970-01-01T00:00:00/1970-01-01T01:00:00'
    """

    start: float
    end: float

    @classmethod
    def from_datetimes(cls, start: datetime, end: datetime) -> Self:
        """The window between two times; naive ones are taken as UTC."""
        return cls(microseconds(start), microseconds(end))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The window of a text as `str` gives it; naive times are taken as UTC.

        >>> Window.parse("1970-01-01T00:00:00/1970-01-01T01:00:00").length == HOUR
        True
        """
        start, _, end = text.partition("/")
        return cls.from_datetimes(datetime.fromisoformat(start), datetime.fromisoformat(end))

    def __str__(self) -> str:
        return f"{iso(self.start)}/{iso(self.end)}"

    @property
    def length(self) -> float:
        """How long it is, in microseconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Windows:
    """`count` windows of `width` microseconds each, from `start` (microseconds since 1970 UTC) on.

    `judged` says that each window is judged by itself, so it has all sketches, and segments of its own. Where a `zone`
    is named, `start` is local time, and days are those of that zone: an hour shorter or longer when clocks change.
    """

    start: float
    width: float
    count: int
    judged: bool = False
    zone: str = ""

    def places(self, times: Floats) -> Integers:
        """Which of the windows each time (n,) is in: -1 where it is in none.

        >>> Windows(0.0, 86_400e6, 2).places(np.array([5.0, 90_000e6, np.nan, 2e15])).tolist()
        [0, 1, -1, -1]
        """
        at = self.steps(times)
        return np.where(np.isfinite(at) & (at >= 0) & (at < self.count), at, -1).astype(np.int64)

    def steps(self, times: Floats) -> Floats:
        """How many whole widths each time (n,) is after the start, however many windows there are."""
        clock = find_clock(self.zone)
        return np.floor(((times if clock is None else clock.local(times)) - self.start) / self.width)

    def name(self, index: int) -> str:
        """The window as an ISO 8601 interval, end excluded.

        >>> Windows(0.0, 86_400e6, 2).name(1)
        '1970-01-02T00:00:00/1970-01-03T00:00:00'
        """
        return str(self.window(index))

    def window(self, index: int = 0) -> Window:
        """One of the windows.

        >>> Windows(0.0, 86_400e6, 2).window(1).start
        86400000000.0
        """
        return Window(*self.starts(np.array([index, index + 1])).tolist())

    def parts(self, most: int) -> "Iterator[Windows]":
        """The same windows in several grids, of so many each at most.

        >>> [part.count for part in Windows(0.0, 60e6, 5).parts(2)]
        [2, 2, 1]
        """
        for first in range(0, self.count, most):
            yield replace(self, start=self.start + first * self.width, count=min(most, self.count - first))

    def starts(self, indices: Integers) -> Floats:
        """When each of these windows (n,) begins."""
        starts = self.start + indices.astype(np.float64) * self.width
        clock = find_clock(self.zone)
        return starts if clock is None else clock.instants(starts)


def iso(microseconds: float) -> str:
    """A time in UTC as text.

    >>> iso(0.0)
    '1970-01-01T00:00:00'
    """
    try:
        return (EPOCH + timedelta(microseconds=microseconds)).replace(tzinfo=None).isoformat(timespec="seconds")
    except OverflowError:
        return f"{microseconds / 3.15576e13 + 1970:.0f}-01-01T00:00:00"


def microseconds(when: datetime) -> float:
    """Microseconds since 1970 UTC; a naive time is taken as UTC.

    >>> microseconds(datetime(1970, 1, 2))
    86400000000.0
    """
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (aware - EPOCH) / timedelta(microseconds=1)


def local(instant: float, zone: str) -> float:
    """What the clock of a zone shows at an instant (microseconds since 1970 UTC).

    >>> local(0.0, "Asia/Kolkata") / HOUR
    5.5
    """
    clock = find_clock(zone)
    return instant if clock is None else float(clock.local(np.array([instant]))[0])


def show_local(text: str | None, zone: str) -> str:
    """A time in ISO 8601, in UTC, as the clock of a zone shows it; text that is no time is left as it is.

    >>> show_local("2024-03-10T05:00:00", "America/New_York"), show_local(None, "UTC")
    ('2024-03-10T00:00:00', '')
    """
    try:
        return iso(local(microseconds(datetime.fromisoformat(text or "")), zone))
    except ValueError:
        return text or ""


def weekday(microseconds: float) -> int:
    """The weekday of a time in UTC; 0 is Monday.

    >>> weekday(0.0)
    3
    """
    return int((microseconds // 86_400e6 + 3) % 7)


def seconds(width: str) -> float:
    """A width such as `1h` in seconds.

    >>> seconds("2d")
    172800.0
    """
    return float(width[:-1]) * _UNITS[width[-1]]


def lay(low: float, high: float, width: float, zone: str = "", week_start: str = "monday") -> Windows:
    """The windows of that width (microseconds) from the time `low` to `high`: those of days and more in a zone's time.

    They begin at whole multiples of the width; weeks on Mondays, or the day that is named.

    >>> lay(0.0, 0.0, 604_800e6).name(0)
    '1969-12-29T00:00:00/1970-01-05T00:00:00'
    """
    windows = axis(width, zone, week_start)
    first, last = windows.steps(np.array([low, high])).tolist()
    return replace(windows, start=windows.start + first * width, count=int(last - first) + 1)


def axis(width: float, zone: str = "", week_start: str = "monday") -> Windows:
    """The windows of that width (microseconds) numbered from 1970 on: of days and more in a zone's time.

    >>> axis(604_800e6).name(2817), axis(604_800e6, week_start="sunday").name(2817)
    ('2024-01-01T00:00:00/2024-01-08T00:00:00', '2024-01-07T00:00:00/2024-01-14T00:00:00')
    """
    first = WEEK + 24 * HOUR * WEEKDAYS.index(week_start)
    return Windows(first if width % (7 * 24 * HOUR) == 0 else 0.0, width, 0, zone="" if width % (24 * HOUR) else zone)


def grid(
    low: float, high: float, width: str = "auto", most: int = 1000, zone: str = "", week_start: str = "monday"
) -> Windows | None:
    """A grid over the times from `low` to `high` (microseconds): at most 31 windows when the width is `auto`.

    A width that would make more than `most` windows is taken to be `auto`. Days are those of the zone, and weeks begin
    on the day that is named.

    >>> grid(0.0, 27 * 86_400e6).count
    28
    """
    if width == "none" or not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return None
    span = (high - low) / 1e6
    auto = next((w for w in _WIDTHS if span / w <= MOST - 1), _WIDTHS[-1])
    step = (auto if width == "auto" or span / seconds(width) > most - 1 else seconds(width)) * 1e6
    windows = lay(low, high, step, zone, week_start)
    return replace(windows, count=min(windows.count, most)) if windows.count > 1 else None
