"""Anytime-valid detector of a worse error rate."""

from dataclasses import dataclass
from typing import ClassVar

from driftline.stats.detectors.base_betting import BettingDetector


@dataclass(kw_only=True, eq=False)
class EErrorRate(BettingDetector):
    """Bets that errors have become more frequent than `rate`; takes 0 (right) and 1 (an error).

    The promise holds for every stream whose rate is `rate` or less: getting better is no change (Shin, Ramdas & Rinaldo
    2022).

    >>> EErrorRate(rate=0.1).changes(([0] * 9 + [1]) * 20 + [0, 1] * 10)
    [Change(at=216, since=200, direction='up')]
    """

    TITLE: ClassVar[str] = "e-detector of an error rate"
    WATCHES: ClassVar[str] = "error rate"
    SIDES: ClassVar[str] = "up"
    BINARY: ClassVar[bool] = True
    NEEDS = {"rate": 0.05}  # noqa: RUF012 - declared by the base class

    rate: float

    def _expected(self) -> float:
        self._demand(0 < self.rate < 1, "rate", "between 0 and 1")
        return self.rate

    def _share(self, value: float) -> float:
        return value
