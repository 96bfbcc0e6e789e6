"""Windows of event time: a fixed grid, and how wide to make it."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

_UNITS = {"m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_WIDTHS = (60.0, 300.0, 900.0, 3600.0, 6 * 3600.0, 86_400.0, 604_800.0, 30 * 86_400.0, 365 * 86_400.0, 3650 * 86_400.0)
MOST = 31
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3600e6
WEEK = 4 * 24 * HOUR  # the first Monday since 1970, where weeks begin
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

    def __str__(self) -> str:
        return f"{iso(self.start)}/{iso(self.end)}"

    @property
    def length(self) -> float:
        """How long it is, in microseconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Windows:
    """`count` windows of `width` microseconds each, from `start` (microseconds since 1970 UTC) on.

    `judged` says that each window is judged by itself, so it has all sketches, and segments of its own.
    """

    start: float
    width: float
    count: int
    judged: bool = False

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
        return Window(self.start + index * self.width, self.start + (index + 1) * self.width)


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


def grid(low: float, high: float, width: str = "auto", most: int = 1000) -> Windows | None:
    """A grid over the times from `low` to `high` (microseconds): at most 31 windows when the width is `auto`.

    A width that would make more than `most` windows is taken to be `auto`.

    >>> grid(0.0, 27 * 86_400e6).count
    28
    """
    if width == "none" or not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return None
    span = (high - low) / 1e6
    auto = next((w for w in _WIDTHS if span / w <= MOST - 1), _WIDTHS[-1])
    step = (auto if width == "auto" or span / seconds(width) > most - 1 else seconds(width)) * 1e6
    origin = WEEK if step % (7 * 24 * HOUR) == 0 else 0.0
    start = math.floor((low - origin) / step) * step + origin
    count = math.floor((high - start) / step) + 1
    return Windows(start, step, min(count, most)) if count > 1 else None
