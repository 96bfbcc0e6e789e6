"""Kolmogorov-Smirnov windowing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from driftline.stats.detectors.base import Detector, Found


@dataclass(kw_only=True, eq=False)
class Kswin(Detector):
    """Compares the last `recent` values of `window` with those before them, by Kolmogorov and Smirnov's test.

    After Raab, Heusinger & Schleif (2020), but with all of the older values rather than a random sample of them. It
    sees any change of the distribution, of a mean later than others do. Every `recent / 10` values there is a trial;
    its significance is that many by twice the run length, so that trials of overlapping windows keep the promise.
    There are none before the window is full.

    >>> Kswin().changes([float(i % 10) for i in range(400)] + [float(i % 5) for i in range(100)])
    [Change(at=450, since=351, direction='other')]
    """

    TITLE: ClassVar[str] = "Kolmogorov-Smirnov windowing"
    WATCHES: ClassVar[str] = "distribution"
    FIELDS: ClassVar[tuple[str, ...]] = ("values", "n")

    window: int = 400
    recent: int = 100

    def _prepare(self) -> None:
        self._demand(10 <= self.recent <= 10_000, "recent", "between 10 and 10,000 values")
        self._demand(2 * self.recent <= self.window <= 100_000, "window", "twice recent to 100,000 values")
        self._clock = max(1, self.recent // 10)
        size = self.recent * (self.window - self.recent) / self.window
        self._critical = float(scipy.stats.kstwo.isf(self._clock / (2 * self.run_length), round(size)))

    def _start(self) -> None:
        self.values: list[float] = []
        self.n = 0

    def _step(self, value: float) -> Found | None:
        self.n += 1
        self.values.append(value)
        del self.values[: -self.window]
        if len(self.values) < self.window or self.n % self._clock:
            return None
        old, new = np.sort(self.values[: -self.recent]), np.sort(self.values[-self.recent :])
        points = np.concatenate([old, new])
        gaps = np.searchsorted(old, points, "right") / old.size - np.searchsorted(new, points, "right") / new.size
        return ("other", self.recent) if np.abs(gaps).max() >= self._critical else None
