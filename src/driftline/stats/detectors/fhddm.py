"""Fast drift detection by Hoeffding's bound on a sliding window."""

from dataclasses import dataclass
from typing import Any, ClassVar

from driftline.stats.detectors.base import Found
from driftline.stats.detectors.base_river import RiverDetector


@dataclass(kw_only=True, eq=False)
class Fhddm(RiverDetector):
    """Compares the accuracy of the last `window` observations with its best, by Hoeffding's bound; computed by River.

    Pesaranghader & Viktor (2016). Of the last and the best window each may be off by half of the bound, and the best is
    that of many; so the confidence is `(4 run_length)^-4` where one window alone would ask for `1 / run_length`.

    Quick after large changes, it never sees those that are smaller than the bound, 0.23 by default.
    """

    TITLE: ClassVar[str] = "fast drift detection by Hoeffding's bound"
    WATCHES: ClassVar[str] = "error rate"
    SIDES: ClassVar[str] = "up"
    PROMISE: ClassVar[str] = "proven"
    BINARY: ClassVar[bool] = True

    window: int = 400

    def _prepare(self) -> None:
        self._demand(10 <= self.window <= 100_000, "window", "between 10 and 100,000 observations")
        self._confidence = (4 * self.run_length) ** -4.0

    def _made(self, drift: Any) -> Any:
        return drift.binary.FHDDM(sliding_window_size=self.window, confidence_level=self._confidence)

    def _step(self, value: float) -> Found | None:
        return super()._step(1 - value)  # River watches for fewer ones

    def _length(self) -> int:
        return self.window
