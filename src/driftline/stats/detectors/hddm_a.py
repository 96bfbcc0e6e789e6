"""Drift detection by Hoeffding's bound on averages."""

from dataclasses import dataclass
from typing import Any, ClassVar

from driftline.stats.detectors import base_run_length as run_length
from driftline.stats.detectors.base_river import RiverDetector


@dataclass(kw_only=True, eq=False)
class HddmA(RiverDetector):
    """Compares the average of errors up to the best cut with that of all, by Hoeffding's bound; computed by River.

    Frías-Blanco, del Campo-Ávila, Ramos-Jiménez, Morales-Bueno, Ortiz-Díaz & Caballero-Mota (2015). The significance is
    that of all pairs of a cut and an observation together, as the cut is chosen by the errors. Nothing but independence
    is assumed, so small changes are seen late or never.
    """

    TITLE: ClassVar[str] = "drift detection by Hoeffding's bound"
    WATCHES: ClassVar[str] = "error rate"
    SIDES: ClassVar[str] = "up"
    PROMISE: ClassVar[str] = "proven"
    BINARY: ClassVar[bool] = True

    def _prepare(self) -> None:
        self._confidence = run_length.pair_significance(self.run_length)

    def _made(self, drift: Any) -> Any:
        return drift.binary.HDDMA(drift_confidence=self._confidence, warning_confidence=self._confidence)

    def _length(self) -> int:
        return self.n - int(self.inner._x_min.n)  # noqa: SLF001 - where the cut is, is told nowhere else
