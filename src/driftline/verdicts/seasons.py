"""Windows of a reference that are alike: the days of one weekday, or one time of day."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from driftline.config.budget import DAY
from driftline.windows import Windows, weekday

FEWEST = 3
"""Windows that it takes to learn from them."""
_DAYS = 28


@dataclass(frozen=True, slots=True, order=True)
class WindowKind:
    """Windows of one length (microseconds), compared with the whole reference or, if `seasonal`, with windows alike."""

    length: float
    seasonal: bool = False

    @property
    def code(self) -> int:
        """Its number in a pack: days; 0 for days compared with their weekday; below 0 for seconds of the day."""
        if self.length < DAY:
            return -round(self.length / 1e6)
        return 0 if self.seasonal else round(self.length / DAY)

    @classmethod
    def from_code(cls, code: int) -> Self:
        """The inverse of `code`.

        >>> WindowKind.from_code(-3600), WindowKind.from_code(0).length == WindowKind.from_code(1).length
        (WindowKind(length=3600000000.0, seasonal=True), True)
        """
        return cls(-code * 1e6, seasonal=True) if code < 0 else cls(max(code, 1) * DAY, seasonal=code == 0)


@dataclass(frozen=True, slots=True, order=True)
class Season:
    """Windows that are alike.

    `length` is that of each (microseconds). `days` are the days that they are of: a weekday ("0" is Monday), "working
    day", "weekend", or "" for all. `slot` numbers the windows of a day.
    """

    length: float
    days: str
    slot: int = 0

    @classmethod
    def of_weekday(cls, day: int) -> Self:
        """Whole days of one weekday; 0 is Monday."""
        return cls(DAY, str(day))

    @property
    def name(self) -> str:
        """Its name in a pack.

        >>> Season(3600e6, "weekend", 3).name, Season.of_weekday(0).name
        ('hours/3600/weekend/3', 'weekday/0')
        """
        if self.length == DAY:
            return f"weekday/{self.days}"
        return "/".join(part for part in (f"hours/{self.length / 1e6:.0f}", self.days, str(self.slot)) if part)

    @classmethod
    def from_name(cls, name: str) -> Self | None:
        """The inverse of `name`; None for the name of a window or of none."""
        kind, *parts = name.split("/")
        if kind == "weekday":
            return cls.of_weekday(int(parts[0]))
        if kind == "hours":
            return cls(float(parts[0]) * 1e6, parts[1] if len(parts) > 2 else "", int(parts[-1]))
        return None


def name_times_of_day(start: float, length: float) -> tuple[Season, Season]:
    """The time of day of a window that starts then, by local time: of working days or weekends, and of all days.

    >>> [season.name for season in name_times_of_day(3 * 3600e6, 3600e6)]
    ['hours/3600/working day/3', 'hours/3600/3']
    """
    length = max(round(length / 1e6), 1) * 1e6  # rows within a second stand for one
    slot = int((start % DAY) // length)
    return Season(length, "weekend" if weekday(start) >= 5 else "working day", slot), Season(length, "", slot)


def lay_times_of_day(low: float, high: float, length: float, most: int) -> Windows | None:
    """The grid of windows of that length (microseconds) over a reference's last four weeks, in whole days.

    None where they do not fill a day, where there are fewer than three days, or more than `most` windows.
    """
    if length >= DAY or DAY % length:
        return None
    a_day, end = round(DAY / length), np.floor((high + length) / DAY)  # a day is whole that has begun its last window
    days = min(_DAYS, int(end - np.ceil((low - length) / DAY)), most // a_day)
    return Windows((end - days) * DAY, length, days * a_day) if days >= FEWEST else None
