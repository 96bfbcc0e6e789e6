"""What the anytime-valid detectors share: evidence of many bets side by side, whose run length is proven."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from driftline.arrays import Floats
from driftline.stats.detectors.base import Detector, Found

_FRACTIONS = 0.5 ** np.arange(1, 9)


def stakes(mean: float, sides: str) -> Floats:
    """Stakes (k,) of bets on values within 0 and 1 whose mean is this one: above 0 on "up", below on "down".

    Each is a fraction, a half to a 256th, of the stake that could lose all.

    >>> float((1 + stakes(0.2, "both") * (0 - 0.2)).min())
    0.5
    """
    up, down = _FRACTIONS / mean, -_FRACTIONS / (1 - mean)
    return {"up": up, "down": down, "both": np.concatenate([up, down])}[sides]


def grown(evidence: Floats, factors: Floats, *, summed: bool) -> Floats:
    """Evidence (k,) of each bet after one more observation, with a start there.

    The sum over all starts (Shiryaev 1963; Roberts 1966), or that of the best start (Page 1954).

    >>> grown(np.array([0.0, 3.0]), np.array([2.0, 2.0]), summed=True).tolist()
    [2.0, 8.0]
    """
    return (evidence + 1 if summed else np.maximum(evidence, 1)) * factors


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
        self._stakes = stakes(self._mean, self.SIDES)

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
        self.lengths = self.lengths * (self.gains > 1) + 1
        self.gains = grown(self.gains, factors, summed=False)
        self.evidence = grown(self.evidence, factors, summed=self.form == "sum")
        if np.add.reduce(self.evidence) < self.run_length * self.evidence.size:  # the mean, quicker than by `mean`
            return None
        best = int(self.evidence.argmax())
        return "up" if self._stakes[best] > 0 else "down", int(self.lengths[best])
