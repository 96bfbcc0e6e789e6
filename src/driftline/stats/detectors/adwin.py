"""Adaptive windowing: the longest window whose parts have the same mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log, sqrt
from typing import ClassVar

from driftline.stats.detectors.base import Detector, Found

_BUCKETS = 5
_CLOCK = 32
_GRACE = 10
_SHORTEST = 5
_NOISE = 1e-9  # relative sd of values that differ by rounding alone


@dataclass(kw_only=True, eq=False)
class Adwin(Detector):
    """Keeps a growing window, and tells when an older and a newer part of it have means that differ.

    Bifet & Gavaldà (2007): every cut is tried between buckets of exponentially growing size, every 32 values; the bound
    has the significance `32 / (2 run_length)` for each trial. One thing differs: the bound's last term, which was made
    for values between 0 and 1, is in standard deviations, so that the unit makes no difference. After a change the
    window is empty.

    >>> Adwin().changes([0.1, -0.2, 0.3, 0.0, -0.1] * 20 + [5.0] * 60)
    [Change(at=128, since=101, direction='up')]
    """

    TITLE: ClassVar[str] = "adaptive windowing"
    WATCHES: ClassVar[str] = "mean"
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "n", "total", "squares")

    def _prepare(self) -> None:
        self._demand(self.run_length >= 10 * _CLOCK, "run_length", f"at least {10 * _CLOCK}")
        self._significance = _CLOCK / (2 * self.run_length)

    def _start(self) -> None:
        # Row i: sums of buckets of 2^i values, oldest first.
        self.rows: list[list[float]] = [[]]
        self.n = 0
        self.total = self.squares = 0.0

    def _step(self, value: float) -> Found | None:
        if self.n:
            self.squares += self.n * (value - self.total / self.n) ** 2 / (self.n + 1)
        self.n += 1
        self.total += value
        self.rows[0].append(value)
        self._join()
        if self.n % _CLOCK or self.n <= _GRACE:
            return None
        return self._cut()

    def _join(self) -> None:
        """Join the two oldest buckets of a row that has too many."""
        row = 0
        while len(self.rows[row]) > _BUCKETS:
            one, two = self.rows[row][:2]
            del self.rows[row][:2]
            if row + 1 == len(self.rows):
                self.rows.append([])
            self.rows[row + 1].append(one + two)
            row += 1

    def _cuts(self) -> Iterator[tuple[int, float]]:
        """Number and sum of the values before each cut, oldest first."""
        before, total = 0, 0.0
        for row in reversed(range(len(self.rows))):
            for bucket in self.rows[row]:
                before += 2**row
                total += bucket
                yield before, total

    def _cut(self) -> Found | None:
        """The cut whose sides differ by most, where that is more than the bound allows."""
        confidence = log(2 * log(self.n) / self._significance)
        sd = sqrt(self.squares / self.n)
        if sd <= _NOISE * abs(self.total / self.n):
            return None
        excess, found = 1.0, None
        for before, total in self._cuts():
            after = self.n - before
            if min(before, after) < _SHORTEST:
                continue
            gap = (self.total - total) / after - total / before
            weight = 1 / (before - _SHORTEST + 1) + 1 / (after - _SHORTEST + 1)
            bound = sd * sqrt(2 * weight * confidence) + self._unit(sd) * 2 / 3 * confidence * weight
            if abs(gap) / bound > excess:
                excess, found = abs(gap) / bound, ("up" if gap > 0 else "down", after)
        return found

    def _unit(self, sd: float) -> float:
        """The unit of the bound's last term."""
        return sd
