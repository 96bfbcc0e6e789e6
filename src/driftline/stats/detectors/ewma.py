"""Exponentially weighted moving average."""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from driftline.stats.detectors import base_run_length as run_length
from driftline.stats.detectors.base import Found, RankedDetector


@dataclass(kw_only=True, eq=False)
class Ewma(RankedDetector):
    """An average in which the last value has the weight `weight`, and each one before it less; off its limits.

    Roberts (1959). Small weights see small shifts, large ones see large shifts sooner. The limits are those of the
    steady state, by the integral equation of Crowder (1987). The values are taken as normal scores among all since the
    last change. When it began is a guess: the average's own memory, `1 / weight`, ago.

    >>> Ewma().changes([0.1, -0.2, 0.3, 0.0, -0.1] * 20 + [5.0] * 20)
    [Change(at=105, since=96, direction='up')]
    """

    TITLE: ClassVar[str] = "exponentially weighted moving average"
    WATCHES: ClassVar[str] = "mean"
    FIELDS: ClassVar[tuple[str, ...]] = ("scores", "n", "average")

    weight: float = 0.1

    def _prepare(self) -> None:
        self._demand(0.02 <= self.weight <= 1, "weight", "between 0.02 and 1")
        self._limit = run_length.ewma_limit(self.run_length, self.weight) * sqrt(self.weight / (2 - self.weight))

    def _begin(self) -> None:
        self.n = 0
        self.average = 0.0

    def _follow(self, score: float) -> Found | None:
        self.n += 1
        self.average += self.weight * (score - self.average)
        if abs(self.average) <= self._limit:
            return None
        return "up" if self.average > 0 else "down", min(self.n, round(1 / self.weight))
