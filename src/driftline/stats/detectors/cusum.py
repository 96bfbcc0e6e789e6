"""Cumulative sums of what lies above and below the mean."""

from dataclasses import dataclass
from typing import ClassVar

from driftline.stats.detectors import base_run_length as run_length
from driftline.stats.detectors.base import Found, RankedDetector


@dataclass(kw_only=True, eq=False)
class Cusum(RankedDetector):
    """Adds up how far the values lie above the mean, and below it, less an allowance; either sum starts again at 0.

    The optimal chart for a shift of a known size (Page 1954; Moustakides 1986): `shift`, in standard deviations, half
    of which is the allowance. Much smaller ones are found late or never. The threshold is by Siegmund's approximation
    (1985). The values are taken as normal scores among all since the last change.

    >>> Cusum().changes([0.1, -0.2, 0.3, 0.0, -0.1] * 20 + [5.0] * 20)
    [Change(at=108, since=98, direction='up')]
    """

    TITLE: ClassVar[str] = "cumulative sum"
    WATCHES: ClassVar[str] = "mean"
    FIELDS: ClassVar[tuple[str, ...]] = ("scores", "sums", "lengths")

    shift: float = 0.5

    def _prepare(self) -> None:
        self._demand(0.1 <= self.shift <= 4, "shift", "between 0.1 and 4 standard deviations")
        self._threshold = run_length.cusum_threshold(self.run_length, self.shift / 2)

    def _begin(self) -> None:
        self.sums = [0.0, 0.0]
        self.lengths = [0, 0]

    def _follow(self, score: float) -> Found | None:
        for side, excess in enumerate((score, -score)):
            total = self.sums[side] + excess - self.shift / 2
            self.sums[side] = max(total, 0.0)
            self.lengths[side] = self.lengths[side] + 1 if total > 0 else 0
            if total > self._threshold:
                return ("up", "down")[side], self.lengths[side]
        return None
