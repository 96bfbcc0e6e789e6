"""Drift detection method: the error rate against its best."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import ClassVar

from driftline.stats.detectors import base_run_length as run_length
from driftline.stats.detectors.base import Detector, Found

_ERRORS = 30


@dataclass(kw_only=True, eq=False)
class Ddm(Detector):
    """Remembers the best error rate since the last change, and tells when today's lies too many of its sd above.

    Gama, Medas, Castillo & Rodrigues (2004). Two things differ. It waits for 30 errors, not for 30 observations, of
    which a good model may have got none wrong: its best rate were 0 for ever. And the limit, 3 sd, grows with the run
    length, see `driftline.stats.run_length.record_limit`; it is 3.08 sd by default. The longer it ran, the later it
    sees a change: the rate is that of all observations.

    >>> Ddm().changes(([0] * 9 + [1]) * 40 + [0, 1] * 60)
    [Change(at=430, since=400, direction='up')]
    """

    TITLE: ClassVar[str] = "drift detection method"
    WATCHES: ClassVar[str] = "error rate"
    SIDES: ClassVar[str] = "up"
    BINARY: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("n", "errors", "best", "best_sd", "best_at")

    def _prepare(self) -> None:
        self._limit = 1 + run_length.record_limit(self.run_length)

    def _start(self) -> None:
        self.n = self.best_at = 0
        self.errors = 0.0
        self.best, self.best_sd = inf, 0.0

    def _step(self, value: float) -> Found | None:
        self.n += 1
        self.errors += value
        if self.errors < _ERRORS:
            return None
        rate = self.errors / self.n
        sd = sqrt(rate * (1 - rate) / self.n)
        if rate + sd <= self.best + self.best_sd:
            self.best, self.best_sd, self.best_at = rate, sd, self.n
        return ("up", self.n - self.best_at) if rate + sd > self.best + self._limit * self.best_sd else None
