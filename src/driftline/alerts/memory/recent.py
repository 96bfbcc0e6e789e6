"""The rows of the last day by clock hour: how many there are adds up over windows that are shorter."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from driftline.config.budget import DAY
from driftline.profiles.profile import Profile
from driftline.profiles.seasonality import HourlySeasonality
from driftline.profiles.sketches.rhythm import Rhythm
from driftline.windows import HOUR, Window, iso

_NEAR = 3.0
"""Log-likelihood ratio within which an onset may be."""


@dataclass
class RecentRows:
    """Rows by clock hour (since 1970 UTC) of the windows from `start` to `end` without a hole, of a day at most."""

    start: float = math.nan
    end: float = math.nan
    hours: dict[int, int] = field(default_factory=dict)

    def add(self, window: Window, profile: Profile) -> None:
        """Take in the next window's rows; after a hole, or a window of a day and more, it begins anew."""
        rhythm = profile.get_or_none(Rhythm)
        if window.start != self.end or window.length >= DAY or rhythm is None:
            self.start, self.hours = window.start, {}
        for hour, rows in rhythm.hours.items() if rhythm else ():
            if window.start < (hour + 1) * HOUR and hour * HOUR < window.end:
                self.hours[hour] = self.hours.get(hour, 0) + rows
        self.end = window.end
        self.hours = {hour: rows for hour, rows in self.hours.items() if hour * HOUR >= self.end - DAY}

    def day(self, profile: Profile) -> Profile | None:
        """The profile of a window as that of the whole day that ends with it, for metrics that count rows by hour.

        None within a clock hour, and while less than a day is known.
        """
        day = Window(self.end - DAY, self.end)
        if self.end % HOUR or not self.start <= day.start:
            return None
        rhythm = Rhythm.from_state(profile.plan, {"hours": dict(self.hours), "outside": 0})
        return Profile(profile.plan, profile.columns, profile.states | {Rhythm.__name__: rhythm}).within(day)

    def onset(self, rhythm: HourlySeasonality) -> tuple[str, str, str] | None:
        """The clock hour of the last day in which rows most likely became fewer, or more, than the rhythm says.

        Then the first and the last in which they may have (95 %), by the likelihood of Poisson rows. None while less
        than a day is known, or where the rows are as many as they should be.
        """
        hours = np.arange(math.floor((self.end - DAY) / HOUR), math.ceil(self.end / HOUR))
        if not self.start <= self.end - DAY:
            return None
        expected = rhythm.expected(hours)
        lacking = expected - np.array([self.hours.get(hour, 0) for hour in hours.tolist()])
        lacking = lacking if lacking.sum() > 0 else -lacking
        sums, expected = (np.cumsum(each[::-1])[::-1] for each in (lacking, np.maximum(expected, 0.5)))
        gains = np.maximum(sums, 0.0) ** 2 / (2 * expected)
        if not gains.max() > 0:
            return None
        near = np.flatnonzero(gains >= gains.max() - _NEAR)
        since, earliest, latest = (iso(float(hours[at]) * HOUR) for at in (np.argmax(gains), near[0], near[-1]))
        return since, earliest, latest

    def state(self) -> list[Any]:
        """Plain values, for the codec."""
        return [self.start, self.end, dict(self.hours)]

    @classmethod
    def from_state(cls, state: tuple[float, float, Mapping[int, int]]) -> "RecentRows":
        """The inverse of `state`."""
        start, end, hours = state
        return cls(start, end, dict(hours))
