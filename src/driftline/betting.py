"""What the anytime-valid detectors share: evidence of many bets side by side, whose run length is proven."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from driftline.detector import Detector, Found
from driftline.stats import bets


@dataclass(kw_only=True, eq=False)
class BettingDetector(Detector):
    """Tells when bets against the value of no change have gained too much for chance.

    In the `form` "sum" evidence is summed over all starts (Shiryaev-Roberts), with "best" that of the best start counts
    (CUSUM), which is later. Evidence of `run_length` is a change in either.
    """

    PROMISE: ClassVar[str] = "proven"
    FIELDS: ClassVar[tuple[str, ...]] = ("evidence", "gains", "lengths")

    form: Literal["sum", "best"] = "sum"

    def _prepare(self) -> None:
        self._demand(self.form in {"sum", "best"}, "form", "sum or best")
        self._mean = self._expected()
        self._stakes = bets.stakes(self._mean, self.SIDES)

    @abstractmethod
    def _expected(self) -> float:
        """The mean of the shares while nothing changed, between 0 and 1."""

    @abstractmethod
    def _share(self, value: float) -> float:
        """What is bet on: a number from 0 to 1 made of the value."""

    def _start(self) -> None:
        self.evidence = np.zeros(self._stakes.size)
        self.gains = np.zeros(self._stakes.size)
        self.lengths = np.zeros(self._stakes.size, np.int64)

    def _settle(self) -> None:
        self._start()

    def _step(self, value: float) -> Found | None:
        factors = 1 + self._stakes * (self._share(value) - self._mean)
        self.lengths = np.where(self.gains > 1, self.lengths, 0) + 1
        self.gains = bets.grown(self.gains, factors, summed=False)
        self.evidence = bets.grown(self.evidence, factors, summed=self.form == "sum")
        if self.evidence.mean() < self.run_length:
            return None
        best = int(self.evidence.argmax())
        return "up" if self._stakes[best] > 0 else "down", int(self.lengths[best])
