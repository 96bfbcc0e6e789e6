"""Differences of two means, in standard deviations, from counts, means and central sums."""

import math
from dataclasses import dataclass

import scipy

Estimated = tuple[float, float, float, float]
NAN = float("nan")


@dataclass(frozen=True)
class Side:
    """Rows, mean, and sums of squared, cubed and fourth powers of the deviations from it."""

    n: float
    mean: float
    m2: float
    m3: float
    m4: float

    @property
    def variance(self) -> float:
        """Sample variance."""
        return self.m2 / max(1.0, self.n - 1)

    def scaled(self, scale: float) -> "Side":
        """The same values divided by `scale`."""
        return Side(self.n, self.mean / scale, *(self._over(power, scale) for power in (2, 3, 4)))

    def _over(self, power: int, scale: float) -> float:
        found = getattr(self, f"m{power}")
        for _ in range(power):
            found /= scale
        return float(found)


def glass(now: Side, was: Side, fallback: float = 1.0, confidence: float = 0.95) -> Estimated:
    """Difference of the means in standard deviations of the reference `was`, with Welch's p-value.

    `(value, low, high, p_value)`. Glass's delta (Glass, 1976). The interval is by the delta method, with the skewness
    and the kurtosis of the reference, and Student's quantile with Welch's degrees of freedom (Welch, 1947). `fallback`:
    the unit where the reference does not vary. nan where a side has no rows or the sums are not finite.

    >>> [round(x, 2) for x in glass(Side(100, 1.2, 100, 0, 300), Side(400, 1.0, 400, 0, 1200))]
    [0.2, -0.02, 0.42, 0.08]
    """
    return _standardised(now, was, 0.0, fallback, confidence)


def cohen(now: Side, was: Side, fallback: float = 1.0, confidence: float = 0.95) -> Estimated:
    """Difference of the means in standard deviations pooled over both sides, with Student's p-value.

    `(value, low, high, p_value)`. Cohen's d (Cohen, 1988); the p-value takes both sides to vary alike (Student, 1908),
    the interval does not. `fallback`: the unit where neither side varies. nan where a side has no rows or the sums are
    not finite.

    >>> [round(x, 2) for x in cohen(Side(100, 1.2, 100, 0, 300), Side(400, 1.0, 400, 0, 1200))]
    [0.2, -0.02, 0.42, 0.07]
    """
    weight = (now.n - 1) / max(1.0, now.n + was.n - 2) if now.n else 0.0
    return _standardised(now, was, weight, fallback, confidence)


def _standardised(now: Side, was: Side, weight: float, fallback: float, confidence: float) -> Estimated:
    """In the root of `weight` times the one variance and the rest of the other; no weight is Welch's test."""
    known = (now.n, now.mean, now.m2, now.m4, was.n, was.mean, was.m2, was.m4)
    if not now.n or not was.n or not all(map(math.isfinite, known)):
        return NAN, NAN, NAN, NAN
    unit = math.sqrt(weight * now.variance + (1 - weight) * was.variance)
    scale = unit or fallback
    a, b = now.scaled(scale), was.scaled(scale)
    value = a.mean - b.mean
    if not math.isfinite(value):
        return NAN, NAN, NAN, NAN
    one, two = a.variance / a.n, b.variance / b.n
    error, freedom = one + two, _welch(one, a.n, two, b.n)
    if weight:
        error, freedom = 1 / a.n + 1 / b.n if unit else 0.0, a.n + b.n - 2
    if freedom < 1:
        return value, NAN, NAN, NAN
    p_value = (
        2 * float(scipy.special.stdtr(freedom, -abs(value) / math.sqrt(error))) if error > 0 else float(value == 0)
    )
    spread = _error(a, value, weight) + _error(b, -value, 1 - weight) if unit else one + two
    if not math.isfinite(spread):
        return value, NAN, NAN, p_value
    margin = float(scipy.special.stdtrit(_welch(one, a.n, two, b.n) or freedom, (1 + confidence) / 2)) * math.sqrt(
        max(0.0, spread)
    )
    return value, value - margin, value + margin, p_value


def _error(side: Side, value: float, weight: float) -> float:
    """What a side's rows add to the variance: by its mean, and by its part in the unit."""
    n = side.n
    part = value * weight / 2
    square = side.m2 / n
    wild = max(0.0, side.m4 / n - square * square)  # too large is infinite: no interval
    return (side.variance - 2 * part * side.m3 / n + part * part * wild) / n


def _welch(one: float, n: float, two: float, m: float) -> float:
    """Degrees of freedom of the sum of two squared standard errors (Welch, 1947)."""
    if one + two == 0:
        return min(n, m) - 1
    first, second = one / (one + two), two / (one + two)
    return 1 / (first**2 / max(1.0, n - 1) + second**2 / max(1.0, m - 1))
