"""Drift detection by McDiarmid's bound on weighted averages."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import ClassVar

from driftline.stats.detectors import base_run_length as run_length
from driftline.stats.detectors.base import Detector, Found


@dataclass(kw_only=True, eq=False)
class HddmW(Detector):
    """Compares weighted averages of errors before and after the best cut, by McDiarmid's bound.

    Frías-Blanco, del Campo-Ávila, Ramos-Jiménez, Morales-Bueno, Ortiz-Díaz & Caballero-Mota (2015). In the averages the
    last value has the weight `weight`. The significance is that of all pairs of a cut and an observation together, as
    the cut is chosen by the errors. Nothing but independence is assumed, so only large changes are seen.

    >>> HddmW().changes(([0] * 9 + [1]) * 40 + [1] * 150)
    [Change(at=526, since=400, direction='up')]
    """

    TITLE: ClassVar[str] = "drift detection by McDiarmid's bound"
    WATCHES: ClassVar[str] = "error rate"
    SIDES: ClassVar[str] = "up"
    PROMISE: ClassVar[str] = "proven"
    BINARY: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("total", "before", "after", "cut", "length")

    weight: float = 0.01

    def _prepare(self) -> None:
        self._demand(0.001 <= self.weight < 1, "weight", "at least 0.001, and below 1")
        self._confidence = -log(run_length.pair_significance(self.run_length)) / 2

    def _start(self) -> None:
        self.total: list[float] = []  # an average, and the sum of its squared weights; empty without a value
        self.before: list[float] = []
        self.after: list[float] = []
        self.cut = inf
        self.length = 0

    def _step(self, value: float) -> Found | None:
        self.total = self._averaged(self.total, value)
        average, weights = self.total
        bound = average + sqrt(weights * self._confidence)
        if bound < self.cut:
            self.cut, self.before, self.after, self.length = bound, list(self.total), [], 0
            return None
        self.after = self._averaged(self.after, value)
        self.length += 1
        gap = self.after[0] - self.before[0]
        return ("up", self.length) if gap > sqrt((self.after[1] + self.before[1]) * self._confidence) else None

    def _averaged(self, average: list[float], value: float) -> list[float]:
        last = self.weight
        old, weights = average or (value, 1.0)
        return [old + last * (value - old), last**2 + (1 - last) ** 2 * weights]
