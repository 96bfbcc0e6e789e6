"""Average run lengths of control charts on independent standard normal numbers, and the thresholds that reach them."""

from collections.abc import Callable
from functools import cache
from math import expm1, log, log2, sqrt

import numpy as np
import scipy

_NODES = 128


def cusum(threshold: float, allowance: float) -> float:
    """Average run length of a one-sided CUSUM with this threshold and allowance, both above 0, in sd.

    Siegmund's approximation (1985), which widens the threshold by the mean overshoot, 0.583 at each end.

    >>> round(cusum(4, 0.5))
    338
    """
    wide = 2 * allowance * (threshold + 1.166)
    return (expm1(wide) - wide) / (2 * allowance**2)


@cache
def cusum_threshold(run_length: float, allowance: float) -> float:
    """The threshold, in sd, at which CUSUMs of both sides together have this average run length.

    Both sides' rates of false alarms add up, so each has twice the run length (Van Dobben de Bruyn 1968).

    >>> round(cusum_threshold(10_000, 0.25), 1)
    14.5
    """
    highest = log(run_length * 4 * allowance**2 + 10) / allowance + 10
    return _root(lambda threshold: cusum(threshold, allowance) - 2 * run_length, highest)


def ewma(limit: float, weight: float) -> float:
    """Average run length of a two-sided EWMA from 0 with this weight of the last value; `limit` in the EWMA's sd.

    The integral equation of Crowder (1987), solved on Gauss-Legendre nodes.

    >>> round(ewma(2.814, 0.1))
    500
    """
    border = limit * sqrt(weight / (2 - weight))
    nodes, weights = scipy.special.roots_legendre(_NODES)
    at = border * nodes

    def reached(start: np.ndarray) -> np.ndarray:
        """Chances to be near each node after one more step, from each start (n, nodes)."""
        step = (at[None, :] - (1 - weight) * start[:, None]) / weight
        return np.asarray(np.exp(-(step**2) / 2) * border * weights / (weight * np.sqrt(2 * np.pi)))

    lengths = np.linalg.solve(np.eye(_NODES) - reached(at), np.ones(_NODES))
    return float(1 + (reached(np.zeros(1)) @ lengths)[0])


@cache
def ewma_limit(run_length: float, weight: float) -> float:
    """The limit, in the EWMA's sd, at which it has this average run length; largest where the weight is 1.

    >>> round(ewma_limit(500, 0.1), 2)
    2.81
    """
    single = -float(scipy.special.ndtri(0.5 / run_length))
    return single if weight == 1 else _root(lambda limit: log(ewma(limit, weight) / run_length), single)


def record_limit(run_length: float) -> float:
    """How many sd of a running mean, as it was at its best, it may be worse later, for about this average run length.

    After its best, a running mean moves as a Brownian motion that ends at time 1, so that it passes z with the chance
    2 (1 - Phi(z)), by the reflection principle. A new best comes about once while the observations double. The chance
    that any of these fails is held at a half up to the run length.

    >>> round(record_limit(10_000), 2)
    2.08
    """
    return -float(scipy.special.ndtri(1 / (4 * log2(run_length))))


def _root(function: Callable[[float], float], highest: float) -> float:
    return float(scipy.optimize.brentq(function, 0.01, highest, xtol=1e-9))
