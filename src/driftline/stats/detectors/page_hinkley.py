"""Page-Hinkley's test: the drawdown of the cumulated deviations from the running mean."""

from dataclasses import dataclass
from typing import ClassVar

from driftline.stats.detectors import base_run_length as run_length
from driftline.stats.detectors.base import Found, RankedDetector


@dataclass(kw_only=True, eq=False)
class PageHinkley(RankedDetector):
    """Cumulates deviations from the running mean, less a tolerance, and watches how far the sum is off its extreme.

    Page (1954), Hinkley (1971). The mean is that of all values since the last change, so a slow drift is followed late.
    `tolerance` is in standard deviations; it is smaller than the allowance of `cusum`, for smaller changes. The values
    are taken as normal scores among all since the last change, the threshold is by Siegmund's approximation (1985).

    >>> PageHinkley().changes([0.1, -0.2, 0.3, 0.0, -0.1] * 20 + [5.0] * 20)
    [Change(at=117, since=98, direction='up')]
    """

    TITLE: ClassVar[str] = "Page-Hinkley test"
    WATCHES: ClassVar[str] = "mean"
    FIELDS: ClassVar[tuple[str, ...]] = ("scores", "n", "mean", "up", "down", "lowest", "highest", "lengths")

    tolerance: float = 0.1

    def _prepare(self) -> None:
        self._demand(0.01 <= self.tolerance <= 2, "tolerance", "between 0.01 and 2 standard deviations")
        self._threshold = run_length.cusum_threshold(self.run_length, self.tolerance)

    def _begin(self) -> None:
        self.n = 0
        self.mean = 0.0
        self._settle()

    def _settle(self) -> None:
        self.up = self.down = self.lowest = self.highest = 0.0
        self.lengths = [0, 0]

    def _follow(self, score: float) -> Found | None:
        self.n += 1
        self.mean += (score - self.mean) / self.n
        deviation = score - self.mean
        self.up += deviation - self.tolerance
        self.down += deviation + self.tolerance
        self.lengths = [self.lengths[0] + 1, self.lengths[1] + 1]
        if self.up < self.lowest:
            self.lowest, self.lengths[0] = self.up, 0
        if self.down > self.highest:
            self.highest, self.lengths[1] = self.down, 0
        if self.up - self.lowest > self._threshold:
            return "up", self.lengths[0]
        return ("down", self.lengths[1]) if self.highest - self.down > self._threshold else None
