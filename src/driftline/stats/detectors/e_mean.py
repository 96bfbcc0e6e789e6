"""Anytime-valid detector of a bounded mean."""

from dataclasses import dataclass
from typing import ClassVar

from driftline.errors import InputError
from driftline.stats.detectors.base_betting import BettingDetector


@dataclass(kw_only=True, eq=False)
class EMean(BettingDetector):
    """Bets that the mean of values between `low` and `high` is not `mean` any more, up or down.

    No distribution is assumed, nor how large the change will be: an e-detector with a mixture of bets (Shin, Ramdas &
    Rinaldo 2022; Waudby-Smith & Ramdas 2023). It also holds where values depend on those before, as long as each one's
    mean, given those, is `mean`. A value outside of the bounds is refused.

    >>> EMean(mean=0.5, low=0, high=1).changes([0.4, 0.6] * 50 + [0.9] * 30)
    [Change(at=123, since=100, direction='up')]
    """

    TITLE: ClassVar[str] = "e-detector of a mean"
    WATCHES: ClassVar[str] = "mean"
    NEEDS = {"mean": 0.5, "low": 0.0, "high": 1.0}  # noqa: RUF012 - declared by the base class

    mean: float
    low: float
    high: float

    def _expected(self) -> float:
        self._demand(self.low < self.high, "low", f"less than high, which is {self.high:g}")
        self._demand(self.low < self.mean < self.high, "mean", f"between low, {self.low:g}, and high, {self.high:g}")
        return (self.mean - self.low) / (self.high - self.low)

    def _share(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def _check(self, number: float) -> None:
        if not self.low <= number <= self.high:
            raise InputError(f"{self.name}: expected a number between {self.low:g} and {self.high:g}, not {number:g}")
