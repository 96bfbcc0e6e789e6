"""Anytime-valid detector of a proportion."""

from dataclasses import dataclass
from typing import ClassVar

from driftline.stats.detectors.base_betting import BettingDetector


@dataclass(kw_only=True, eq=False)
class EProportion(BettingDetector):
    """Bets that the share of ones is not `proportion` any more, up or down; takes 0 and 1.

    Each bet is the likelihood ratio of another share, so this is the mixture Shiryaev-Roberts detector of a Bernoulli
    stream (Shin, Ramdas & Rinaldo 2022).

    >>> EProportion(proportion=0.5).changes([0, 1] * 50 + [1] * 30)
    [Change(at=124, since=100, direction='up')]
    """

    TITLE: ClassVar[str] = "e-detector of a proportion"
    WATCHES: ClassVar[str] = "proportion"
    BINARY: ClassVar[bool] = True
    NEEDS = {"proportion": 0.05}  # noqa: RUF012 - declared by the base class

    proportion: float

    def _expected(self) -> float:
        self._demand(0 < self.proportion < 1, "proportion", "between 0 and 1")
        return self.proportion

    def _share(self, value: float) -> float:
        return value
