"""Test of equal proportions: the last errors against all before."""

from dataclasses import dataclass
from math import exp, lgamma
from typing import ClassVar

from driftline.stats.detectors.base import Detector, Found


@dataclass(kw_only=True, eq=False)
class Stepd(Detector):
    """Compares the error rate of the last `recent` observations with that of all before, since the last change.

    Nishida & Yamauchi (2007), with Fisher's exact test (as Cabral & Barros 2018) in place of the normal one, which with
    few errors is wrong by orders of magnitude. Its significance is `1 / (2 run_length)`, at each observation.

    >>> Stepd().changes(([0] * 9 + [1]) * 40 + [0, 1] * 60)
    [Change(at=432, since=373, direction='up')]
    """

    TITLE: ClassVar[str] = "test of equal proportions"
    WATCHES: ClassVar[str] = "error rate"
    SIDES: ClassVar[str] = "up"
    PROMISE: ClassVar[str] = "proven"
    BINARY: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("last", "n", "errors")

    recent: int = 60

    def _prepare(self) -> None:
        self._demand(10 <= self.recent <= 1_000, "recent", "between 10 and 1,000 observations")
        self._significance = 0.5 / self.run_length

    def _start(self) -> None:
        self.last = b""
        self.n = self.errors = 0

    def _step(self, value: float) -> Found | None:
        self.n += 1
        self.errors += int(value)
        self.last = (self.last + bytes([int(value)]))[-self.recent :]
        new, old = sum(self.last), self.errors - sum(self.last)
        before = self.n - self.recent
        if not value or before < self.recent or new * before <= old * self.recent:
            return None
        return ("up", self.recent) if upper_tail(new, self.recent, self.errors, self.n) <= self._significance else None


def upper_tail(k: int, drawn: int, marked: int, total: int) -> float:
    """Chance of `k` or more marked ones among those drawn of a total without putting back (Fisher 1922).

    >>> round(upper_tail(3, 4, 4, 8), 4)
    0.2429
    """
    most = min(drawn, marked)
    whole = _choices(total, drawn)
    return sum(
        exp(_choices(marked, i) + _choices(total - marked, drawn - i) - whole)
        for i in range(k, most + 1)
        if drawn - i <= total - marked
    )


def _choices(n: int, k: int) -> float:
    """Logarithm of the number of ways to choose `k` of `n`."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
