"""Reactive drift detection method: DDM that forgets."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import ClassVar

from driftline.stats.detectors import base_run_length as run_length
from driftline.stats.detectors.base import Detector, Found

_ERRORS = 30
_LONGEST, _KEPT, _WARNED = 40_000, 7_000, 1_400
_WARNING = 1.773 / 2.258


@dataclass(kw_only=True, eq=False)
class Rddm(Detector):
    """Compares the error rate with its best as `ddm` does, but of 40,000 observations forgets all but the last 7,000.

    Barros, Cabral, Gonçalves & Santos (2017). So it stays as quick as it was at first. Having been in between warning
    and change for 1,400 observations on end is a change, too. As for `ddm`, it waits for 30 errors, and the limit grows
    with the run length; that of the warning is as far below as in the source.

    >>> Rddm().changes(([0] * 9 + [1]) * 40 + [0, 1] * 60)
    [Change(at=430, since=400, direction='up')]
    """

    TITLE: ClassVar[str] = "reactive drift detection method"
    WATCHES: ClassVar[str] = "error rate"
    SIDES: ClassVar[str] = "up"
    BINARY: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("last", "n", "errors", "best", "best_sd", "best_at", "warned")

    def _prepare(self) -> None:
        self._limit = 1 + run_length.record_limit(self.run_length)

    def _start(self) -> None:
        self.last = b""
        self._forget()

    def _forget(self) -> None:
        self.n = self.best_at = self.warned = 0
        self.errors = 0.0
        self.best, self.best_sd = inf, 0.0

    def _step(self, value: float) -> Found | None:
        self.last = (self.last + bytes([int(value)]))[-_KEPT:]
        if self.n >= _LONGEST and not self.warned:
            self._forget()
            for kept in self.last[:-1]:
                self._weigh(kept)
        above = self._weigh(value)
        self.warned = self.warned + 1 if above > _WARNING * self._limit else 0
        return ("up", self.n - self.best_at) if above > self._limit or self.warned >= _WARNED else None

    def _weigh(self, value: float) -> float:
        """How far the error rate is above its best, in the best one's sd."""
        self.n += 1
        self.errors += value
        if self.errors < _ERRORS:
            return 0.0
        rate = self.errors / self.n
        sd = sqrt(rate * (1 - rate) / self.n)
        if rate + sd <= self.best + self.best_sd:
            self.best, self.best_sd, self.best_at = rate, sd, self.n
        return (rate + sd - self.best) / self.best_sd if self.best_sd else 0.0
