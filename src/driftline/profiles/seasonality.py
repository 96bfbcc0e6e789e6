"""What the reference's rhythm leads to expect: rows per hour, and how much its own stretches vary around that."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from driftline.clocks import PLACES, Clock, find_clock
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.rhythm import HOUR, Rhythm
from driftline.types import Role

_WEEK, _MONDAY = 168, 96  # hours of a week; 1970-01-01 was a Thursday, so hour 96 begins a Monday
_LEAST, _FALLBACK = 5, 0.15
_SEVERAL, _MANY = 4, 10.0  # hours of one kind, and rows in each, from which on their median is as good as their mean
_DEVIATIONS, _LITTLE = 1.4826, 0.01  # standard deviations of a normal variable in its median distance; least of it


@dataclass(frozen=True, eq=False)
class HourlySeasonality:
    """Rows of each hour that the reference stands for, without stray dates; hours of the week are those of a clock."""

    first: int
    counts: npt.NDArray[np.int64]
    clock: Clock | None = None

    @classmethod
    def from_profile(cls, profile: Profile) -> "HourlySeasonality | None":
        """The rhythm of a profile with timestamps, or None; kept, for it is asked for in each window."""
        column = profile.plan.with_role(Role.TIMESTAMP)
        rhythm = profile.get_or_none(Rhythm)
        if column is None or rhythm is None or not rhythm.hours:
            return None
        rows, seasonality = _KNOWN.get(rhythm, (None, None))
        if seasonality is None or rows is not rhythm.hours:
            hours = _dense(rhythm.hours)
            counts = np.array([rhythm.hours.get(hour, 0) for hour in hours.tolist()])
            seasonality = cls(int(hours[0]), counts, column.clock)
            _KNOWN[rhythm] = rhythm.hours, seasonality
        return seasonality

    @property
    def rows(self) -> int:
        """Rows in all."""
        return int(self.counts.sum())

    def expected(self, hours: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Expected rows (n,) of hours since 1970 (n,): usual ones of that hour of the week, or of the day, or of all.

        That is their mean; of at least four hours of 10 rows and more their median.
        """
        return self._usual[(self._local(hours) - _MONDAY) % _WEEK]

    def readings(self, hours: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.float64]]:
        """Expected rows (n,) of hours as each clock would have them, by which they may go.

        If no zone is known, the hours of any place move by one against UTC when its clocks change; or else the hours
        are local ones, of which one is skipped and one comes twice. If it is known, local times leave open which of two
        hours they are of: all are taken for the first.
        """
        times = hours.astype(np.float64) * HOUR
        if self.clock is not None and self.clock.changes.size:
            shown = self.clock.local(times)
            twice, first = self.clock.count_shown(shown) == 2, self.clock.instants(shown) == times
            yield self.expected(hours) * np.where(twice, np.where(first, 2, 0), 1)
            return
        for clock, elsewhere in self._elsewhere:
            first, last = np.searchsorted(clock.changes, [self.first * HOUR, times.max() + 24 * HOUR])  # local or UTC
            if first < last:
                yield elsewhere.expected(hours)
                if self.clock is None:
                    yield self.expected(hours) * clock.count_shown(times)

    @cached_property
    def _elsewhere(self) -> list[tuple[Clock, "HourlySeasonality"]]:
        """The same rows as of places whose clocks change."""
        clocks = [clock for place in PLACES if (clock := find_clock(place))]
        return [(clock, replace(self, clock=clock)) for clock in clocks]

    def _local(self, hours: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The hours (n,) as the clock shows them."""
        if self.clock is None:
            return hours
        return np.floor(self.clock.local(hours.astype(np.float64) * HOUR) / HOUR).astype(np.int64)

    @cached_property
    def _usual(self) -> npt.NDArray[np.float64]:
        """Usual rows of each hour of the week (168,), of which the first is Monday's."""
        usual = np.full(_WEEK, np.nan)
        hours = self._local(np.arange(self.first, self.first + self.counts.size)) - _MONDAY
        for modulus in (_WEEK, 24):
            rounds = hours // modulus
            padded = np.full((int(np.ptp(rounds)) + 1, modulus), np.nan)
            padded[rounds - rounds.min(), hours % modulus] = self.counts
            table = np.ma.masked_invalid(padded)
            seen, mean = table.count(axis=0), table.mean(axis=0).filled(np.nan)
            many = (seen >= _SEVERAL) & (mean >= _MANY)  # a storm or outage among several counts little
            mean[many] = np.nanmedian(padded[:, many], axis=0)
            usual = np.where(np.isnan(usual), np.tile(mean, _WEEK // modulus), usual)
        return np.where(np.isnan(usual), self.counts.mean(), usual)

    def spread(self, length: int) -> float:
        """Relative deviation of the reference's own stretches of that many hours from its rhythm.

        Of the logarithm of actual over expected rows, corrected for the rhythm being fitted on the same rows; 15 %
        where there are fewer than five stretches. Of four weeks and more, stretches that are further off than three
        deviations, as the median says them (Huber 1981), count as three: one storm must not hide the next.
        """
        stretches = self.counts.size // length
        if stretches < _LEAST:
            return _FALLBACK
        hours = np.arange(self.first, self.first + stretches * length)
        actual = self.counts[: stretches * length].reshape(stretches, length).sum(axis=1)
        expected = self.expected(hours).reshape(stretches, length).sum(axis=1)
        kept = expected > 0
        off = np.abs(np.log(np.maximum(actual[kept], 0.5) / expected[kept]))
        weeks = max(self.counts.size / _WEEK, 1.5)
        if weeks >= _SEVERAL:  # of fewer it is not known which of two Saturdays was the odd one
            off = np.minimum(off, 3 * max(_DEVIATIONS * float(np.median(off)), _LITTLE))
        return float(np.sqrt(np.mean(off**2) * weeks / (weeks - 1)))


_KNOWN: "WeakKeyDictionary[Rhythm, tuple[dict[int, int], HourlySeasonality]]" = WeakKeyDictionary()


def covered(profile: Profile) -> npt.NDArray[np.int64]:
    """The hours since 1970 that these rows stand for: of the span if a person named one, else from first to last."""
    if profile.window is not None:
        start, end = profile.window.start, profile.window.end
        return np.arange(math.floor(start / HOUR), math.ceil(end / HOUR))
    rows = profile.get(Rhythm).hours
    return _dense(rows) if rows else np.empty(0, np.int64)


def shares_of_hours(profile: Profile, hours: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The part (n,) of each covered hour that the rows stand for: less than 1 at the ends of windows within an hour."""
    starts = hours.astype(np.float64) * HOUR
    if profile.window is None:
        return np.ones(hours.size)
    window = profile.window
    return (np.minimum(starts + HOUR, window.end) - np.maximum(starts, window.start)) / HOUR


def _dense(rows: dict[int, int]) -> npt.NDArray[np.int64]:
    """The hours from first to last, without stray ones.

    They are those between the 1 % and the 99 % quantile, and beyond as far as rows come at least half as often as
    between them: to where what has come, less half of what is usual, is most.
    """
    hours = np.array(sorted(rows), np.int64)
    counts = np.array([rows[hour] for hour in hours.tolist()], np.int64)
    upto = np.cumsum(counts)
    first, last = np.searchsorted(upto, [0.01 * upto[-1], 0.99 * upto[-1]])
    half = counts[first : last + 1].sum() / (hours[last] - hours[first] + 1) / 2
    before = np.cumsum(counts[: first + 1][::-1])[::-1] - half * (hours[first] - hours[: first + 1])
    after = np.cumsum(counts[last:]) - half * (hours[last:] - hours[last])
    return np.arange(hours[np.argmax(before)], hours[last + np.argmax(after)] + 1)
