"""Bets against a mean: factors whose expected value is 1 while the mean is what it was, and what they add up to.

A gambler who bets at fair odds does not gain on average. Bets on many post-change values, side by side, gain fast
whichever it is (Waudby-Smith & Ramdas 2023). Summed over all times at which a change could have begun, their gains are
an e-detector: before a change it reaches a level A after A observations or more on average, whatever the distribution
(Shin, Ramdas & Rinaldo 2022).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_FRACTIONS = 0.5 ** np.arange(1, 9)


def stakes(mean: float, sides: str) -> Floats:
    """Stakes (k,) of bets on values within 0 and 1 whose mean is this one: above 0 on "up", below on "down".

    Each is a fraction, a half to a 256th, of the stake that could lose all.

    >>> float((1 + stakes(0.2, "both") * (0 - 0.2)).min())
    0.5
    """
    up, down = _FRACTIONS / mean, -_FRACTIONS / (1 - mean)
    return {"up": up, "down": down, "both": np.concatenate([up, down])}[sides]


def grown(evidence: Floats, factors: Floats, *, summed: bool) -> Floats:
    """Evidence (k,) of each bet after one more observation, with a start there.

    The sum over all starts (Shiryaev 1963; Roberts 1966), or that of the best start (Page 1954).

    >>> grown(np.array([0.0, 3.0]), np.array([2.0, 2.0]), summed=True).tolist()
    [2.0, 8.0]
    """
    return (evidence + 1 if summed else np.maximum(evidence, 1)) * factors
