"""Adaptive windowing: the longest window whose parts have the same mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log, sqrt
from typing import ClassVar

from driftline.detector import Found, RankedDetector

_BUCKETS = 5
_CLOCK = 32
_GRACE = 10
_SHORTEST = 5


@dataclass(kw_only=True, eq=False)
class Adwin(RankedDetector):
    """Keeps a growing window, and tells when an older and a newer part of it have means that differ.

    Bifet & Gavaldà (2007): every cut is tried between buckets of exponentially growing size, every 32 values; the bound
    has the significance `32 / (2 run_length)` for each trial. The values are taken as normal scores among all since the
    last change, so that their unit does not matter to the bound's last term, as it does where values are not within
    0 and 1. After a change the window is empty.

    >>> Adwin().changes([0.1, -0.2, 0.3, 0.0, -0.1] * 20 + [5.0] * 60)
    [Change(at=128, since=101, direction='up')]
    """

    TITLE: ClassVar[str] = "adaptive windowing"
    WATCHES: ClassVar[str] = "mean"
    FIELDS: ClassVar[tuple[str, ...]] = ("scores", "rows", "n", "total", "squares")

    def _prepare(self) -> None:
        self._demand(self.run_length >= 10 * _CLOCK, "run_length", f"at least {10 * _CLOCK}")
        self._significance = _CLOCK / (2 * self.run_length)

    def _begin(self) -> None:
        # Row i: sums and squared deviations of buckets of 2^i values, oldest first.
        self.rows: list[list[list[float]]] = [[]]
        self.n = 0
        self.total = self.squares = 0.0

    def _settle(self) -> None:
        """Keep the window: it says what normal is."""

    def _follow(self, score: float) -> Found | None:
        if self.n:
            self.squares += self.n * (score - self.total / self.n) ** 2 / (self.n + 1)
        self.n += 1
        self.total += score
        self.rows[0].append([score, 0.0])
        self._join()
        if self.n % _CLOCK or self.n <= _GRACE:
            return None
        return self._cut()

    def _join(self) -> None:
        """Join the two oldest buckets of a row that has too many."""
        row = 0
        while len(self.rows[row]) > _BUCKETS:
            (one, squares_one), (two, squares_two) = self.rows[row][:2]
            del self.rows[row][:2]
            if row + 1 == len(self.rows):
                self.rows.append([])
            apart = (one - two) ** 2 / 2 ** (row + 1)
            self.rows[row + 1].append([one + two, squares_one + squares_two + apart])
            row += 1

    def _cuts(self) -> Iterator[tuple[int, float]]:
        """Number and sum of the values before each cut, oldest first."""
        before, total = 0, 0.0
        for row in reversed(range(len(self.rows))):
            for bucket in self.rows[row]:
                before += 2**row
                total += bucket[0]
                yield before, total

    def _cut(self) -> Found | None:
        """The cut whose sides differ by most, where that is more than the bound allows."""
        confidence = log(2 * log(self.n) / self._significance)
        variance = self.squares / self.n
        excess, found = 1.0, None
        for before, total in self._cuts():
            after = self.n - before
            if min(before, after) < _SHORTEST:
                continue
            gap = (self.total - total) / after - total / before
            weight = 1 / (before - _SHORTEST + 1) + 1 / (after - _SHORTEST + 1)
            bound = sqrt(2 * weight * variance * confidence) + 2 / 3 * confidence * weight
            if abs(gap) / bound > excess:
                excess, found = abs(gap) / bound, ("up" if gap > 0 else "down", after)
        return found
