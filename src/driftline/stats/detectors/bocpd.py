"""Bayesian online change point detection."""

from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from driftline.stats.detectors.base import Found, RankedDetector

_MOST = 200
_NO_ROWS, _NO_SUM = np.zeros(1, np.int64), np.zeros(1)  # of a start with the next value


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
        self._start_odds = log(-np.expm1(self._survival))

    def _begin(self) -> None:
        self.lengths = np.zeros(0, np.int64)
        self.sums = np.zeros(0)
        self.odds = np.zeros(0)  # logarithm of each start's posterior over that of no change

    def _follow(self, score: float) -> Found | None:
        self.lengths = np.concatenate((self.lengths, _NO_ROWS)) + 1
        sums = np.concatenate((self.sums, _NO_SUM))
        self.odds = np.concatenate((self.odds, (self._start_odds,))) - self._survival
        spread = 1 + 1 / self.lengths
        self.odds += (score**2 - (score - sums / self.lengths) ** 2 / spread - np.log(spread)) / 2
        self.sums = sums + score
        if self.odds.size > _MOST:
            gone = self.odds.argmin()
            for memory in (self.lengths, self.sums, self.odds):
                memory[gone:-1] = memory[gone + 1 :]
            self.lengths, self.sums, self.odds = self.lengths[:-1], self.sums[:-1], self.odds[:-1]
        best = int(self.odds.argmax())
        if self.odds[best] + log(np.exp(self.odds - self.odds[best]).sum()) < 0:
            return None
        return "up" if self.sums[best] > 0 else "down", int(self.lengths[best])
