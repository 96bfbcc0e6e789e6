"""Bayesian online change point detection."""

from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from driftline.stats.detectors.base import Found, RankedDetector

_MOST = 200


@dataclass(kw_only=True, eq=False)
class Bocpd(RankedDetector):
    """The posterior of when the mean changed; a change is found when that it did has become likelier than not.

    After Adams & MacKay (2007), with a constant hazard and at most one change, after which it starts afresh. The values
    are taken as normal scores among all since the last change: standard normal before the change, with a mean that is
    itself standard normal after it. With a hazard of `1 - 2^(-1 / run_length)` the average run length is `run_length`
    or more for such numbers: `(1 - hazard)^n` over the posterior of no change is a martingale. Of the starts the
    likeliest 200 are kept.

    >>> Bocpd().changes([0.1, -0.2, 0.3, 0.0, -0.1] * 20 + [5.0] * 20)
    [Change(at=105, since=101, direction='up')]
    """

    TITLE: ClassVar[str] = "Bayesian online change point detection"
    WATCHES: ClassVar[str] = "mean"
    FIELDS: ClassVar[tuple[str, ...]] = ("scores", "lengths", "sums", "odds")

    def _prepare(self) -> None:
        self._survival = -log(2) / self.run_length
        self._hazard = -np.expm1(self._survival)

    def _begin(self) -> None:
        self.lengths = np.zeros(0, np.int64)
        self.sums = np.zeros(0)
        self.odds = np.zeros(0)  # logarithm of each start's posterior over that of no change

    def _follow(self, score: float) -> Found | None:
        self.lengths = np.append(self.lengths, 0)
        self.sums = np.append(self.sums, 0.0)
        self.odds = np.append(self.odds, log(self._hazard)) - self._survival
        spread = 1 + 1 / (1 + self.lengths)
        mean = self.sums / (1 + self.lengths)
        self.odds += (score**2 - (score - mean) ** 2 / spread - np.log(spread)) / 2
        self.lengths = self.lengths + 1
        self.sums = self.sums + score
        if self.odds.size > _MOST:
            kept = np.arange(self.odds.size) != self.odds.argmin()
            self.lengths, self.sums, self.odds = self.lengths[kept], self.sums[kept], self.odds[kept]
        best = int(self.odds.argmax())
        if self.odds[best] + log(np.exp(self.odds - self.odds[best]).sum()) < 0:
            return None
        return "up" if self.sums[best] > 0 else "down", int(self.lengths[best])
