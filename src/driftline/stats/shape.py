"""Shape of a distribution from its sums of powers of deviations; nan where they cannot give one."""

import math

NAN = float("nan")


def skewness(m2: float, m3: float, n: float) -> float:
    """Skewness g1 from the sums of squared and cubed deviations of n values.

    nan where they do not vary or are not finite. Source: Joanes and Gill (1998).

    >>> round(skewness(2.0, 0.0, 3), 3)
    0.0
    """
    spread = _spread(m2, n)
    value = float(m3) / n / spread / spread / spread if spread else NAN
    return value if math.isfinite(value) else NAN


def excess_kurtosis(m2: float, m4: float, n: float) -> float:
    """Excess kurtosis g2 from the sums of squared deviations and of their fourth powers; 0 for a normal distribution.

    nan where they do not vary or are not finite. Source: Joanes and Gill (1998).

    >>> round(excess_kurtosis(2.0, 2.0, 3), 3)
    -1.5
    """
    spread = _spread(m2, n)
    value = float(m4) / n / spread / spread / spread / spread - 3 if spread else NAN
    return value if math.isfinite(value) else NAN


def _spread(m2: float, n: float) -> float:
    """Standard deviation; 0 where powers of it would leave the range in which numbers are exact."""
    spread = math.sqrt(float(m2) / n) if n and math.isfinite(m2) else 0.0
    return spread if spread > 1e-75 else 0.0
