"""How one effect varies among the reference's own windows, and what of it is tolerated."""

import math
from dataclasses import dataclass

import scipy

FAR = 3.0
"""A single window counts for no more deviations than that: tails of real windows are heavier than normal ones."""
_MARGIN = 3.0
"""Standard errors of the reference's mean, within which a lasting change cannot be told from its own error."""


@dataclass(frozen=True, slots=True)
class BaselineStats:
    """How one effect varies among the reference's own windows.

    `limit` is the largest that is tolerated of one window; `mean`, `deviation` and `correlation` (of one window with
    the next, 0 to 1) are of `n` windows.
    """

    limit: float
    mean: float = 0.0
    deviation: float = 0.0
    correlation: float = 0.0
    n: int = 0

    def score(self, value: float, error: float, floor: float) -> float:
        """How many deviations an effect is above what can be usual and does not matter; a normal score.

        `floor` is the smallest effect that matters, `error` the standard error of the value. Assumes that windows vary
        normally around their mean (Student's t for what is known of it).

        >>> round(BaselineStats(0.4, mean=0.1, deviation=0.1, n=30).score(0.4, 0.05, floor=0.15), 2)
        2.28
        """
        known = self.n >= 3
        inflated = math.sqrt((1 + self.correlation) / (1 - self.correlation))
        base = max(floor, self.mean + _MARGIN * self.deviation * inflated / math.sqrt(self.n)) if known else floor
        deviation = max(self.deviation * math.sqrt(1 + 1 / self.n), error) if known else error
        if not deviation > 0:
            return FAR if value > base else 0.0
        distance = (value - base) / deviation
        score = float(scipy.special.ndtri(scipy.special.stdtr(self.n - 1, distance))) if known else distance
        return min(max(score, -FAR), FAR)
