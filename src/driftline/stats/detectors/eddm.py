"""Early drift detection method: the distance between errors."""

from dataclasses import dataclass
from math import exp, inf, sqrt
from typing import ClassVar

from driftline.stats.detectors import base_run_length as run_length
from driftline.stats.detectors.base import Detector, Found

_ERRORS = 30


@dataclass(kw_only=True, eq=False)
class Eddm(Detector):
    """Watches how many observations lie between two errors: their mean plus two sd against its largest.

    Baena-García, Campo-Ávila, Fidalgo, Bifet, Gavaldà & Morales-Bueno (2006), where a fall to 90 % is a change: after
    few errors that is chance. Here it has to be below what chance leaves of the largest: distances are geometric, so
    after m errors the relative sd of mean plus two sd is `1.2 / sqrt(m)`. Nothing is compared before 30 errors. The
    mean being that of all distances, a small change after a long time is never seen.

    >>> Eddm().changes(([0] * 19 + [1]) * 60 + [0, 1] * 200)
    [Change(at=1490, since=1247, direction='up')]
    """

    TITLE: ClassVar[str] = "early drift detection method"
    WATCHES: ClassVar[str] = "error rate"
    SIDES: ClassVar[str] = "up"
    BINARY: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("n", "last", "errors", "mean", "squares", "largest", "largest_at", "limit")

    def _prepare(self) -> None:
        self._quantile = run_length.record_limit(self.run_length) * sqrt(13) / 3

    def _start(self) -> None:
        self.n = self.last = self.errors = self.largest_at = 0
        self.mean = self.squares = self.limit = 0.0
        self.largest = -inf

    def _step(self, value: float) -> Found | None:
        self.n += 1
        if not value:
            return None
        distance, self.last = self.n - self.last, self.n
        self.errors += 1
        step = distance - self.mean
        self.mean += step / self.errors
        self.squares += step * (distance - self.mean)
        if self.errors < _ERRORS:
            return None
        reach = self.mean + 2 * sqrt(self.squares / (self.errors - 1))
        if reach > self.largest:
            self.largest, self.largest_at = reach, self.n
            self.limit = reach * exp(-self._quantile / sqrt(self.errors))
        return ("up", self.n - self.largest_at) if reach < self.limit else None
