"""Anytime-valid detector of a quantile."""

from dataclasses import dataclass
from typing import ClassVar

from driftline.stats.detectors.base_betting import BettingDetector


@dataclass(kw_only=True, eq=False)
class EQuantile(BettingDetector):
    """Bets that the share of values above `value` is not `1 - level` any more: that the quantile went up or down.

    Nothing is assumed of the distribution, heavy tails included, but that ties with `value` are rare: else give a
    number between two values, and `level` as the share of values below it (Shin, Ramdas & Rinaldo 2022).

    >>> EQuantile(value=10.0, level=0.5).changes([9.0, 12.0] * 50 + [11.0] * 30)
    [Change(at=124, since=100, direction='up')]
    """

    TITLE: ClassVar[str] = "e-detector of a quantile"
    WATCHES: ClassVar[str] = "quantile"
    NEEDS = {"value": 0.0, "level": 0.5}  # noqa: RUF012 - declared by the base class

    value: float
    level: float

    def _expected(self) -> float:
        self._demand(0 < self.level < 1, "level", "between 0 and 1")
        return 1 - self.level

    def _share(self, value: float) -> float:
        return float(value > self.value)
