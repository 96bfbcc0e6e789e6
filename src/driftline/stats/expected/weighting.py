"""Importance weights: how often rows of the reference count, so that together they look like the current rows.

A classifier that tells both sides apart gives the ratio of their densities. Each row is weighted by classifiers that
did not learn from it; rows are halved at random several times, and each half weighted by what the other one taught.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.stats.intervals import NAN, Z_95, Interval
from driftline.stats.multivariate import Learn

_LEAST = 10  # rows of a side in each half
_FARTHEST = 30.0  # log-odds, beyond which a weight is no longer a number to reckon with
_SURE = 1e9  # times the rows that there are: so many that they leave no error
Weighted = Callable[[Integers, Floats], Interval]


@dataclass(frozen=True, eq=False)
class Weighting:
    """Weights (n,) of rows of the reference, and weights (halves, n) of each half, 0 in the other half.

    Both sum to their effective sample size: as many rows drawn from the current ones would tell as much (Kish 1965).
    `covered`: what share of the current rows has its like in the reference, about 1 where all have; where it is far
    less, the reference has no rows to weigh up, however even the weights are.
    """

    weights: Floats
    halves: Floats
    covered: float

    @property
    def effective(self) -> float:
        """Effective sample size of the weighted rows."""
        return float(self.weights.sum())

    def measure(self, weighted: Weighted) -> Interval:
        """A measure of the weighted rows, `(value, low, high)`, with the error of the weights in the 95 % interval.

        `weighted(places, weights)` measures some of the rows, and takes the weights for right. Its interval may hold
        the chance in other rows as well, which is left as it is. How far the halves are apart shows the error of what
        the rows and their weights add (balanced half-samples; McCarthy 1969); the interval has the larger of both.
        """
        all_rows = np.arange(self.weights.size)
        value, *ends = weighted(all_rows, self.weights)
        _, *sure = weighted(all_rows, self.weights * _SURE)
        values = np.array([weighted(at := np.flatnonzero(half), half[at])[0] for half in self.halves])
        values = values[np.isfinite(values)]
        if not np.isfinite(value) or not values.size:
            return NAN, NAN, NAN
        spread = Z_95**2 * float(np.var(values))
        margins = []
        for end, least in zip(ends, sure, strict=True):
            own, chance = (end - value) ** 2, min((least - value) ** 2, (end - value) ** 2)
            margins.append(float(np.sqrt(chance + max(own - chance, spread))))
        return value, value - margins[0], value + margins[1]


def learn_weights(
    current: Floats, reference: Floats, splits: tuple[Integers, Integers], learn: Learn
) -> Weighting | None:
    """Weigh reference rows (n, d) to look like the current ones (m, d); None where a half has too few rows.

    `splits`: 0 or 1 of each current row (s, m) and each row of the reference (s, n), for each of s ways to halve them.
    `learn(rows, labels)` gives the function of the log-odds that a row is a current one.
    Source: Bickel, Brückner & Scheffer (2009); Sugiyama, Suzuki & Kanamori (2012).

    >>> rows, half = np.arange(200.0)[:, None] % 2, np.arange(200)[None] // 2 % 2
    >>> odds = lambda learnt, side: lambda other: np.log(np.where(other[:, 0] > 0, 2.0, 0.5))
    >>> found = learn_weights(rows, rows, (half, half), odds)
    >>> float(found.weights[1] / found.weights[0]), round(found.effective)
    (4.0, 147)
    """
    odds, halves = np.zeros((len(splits[0]), len(reference))), []
    for split, (now, was) in enumerate(zip(*splits, strict=True)):
        for half in (0, 1):
            ours, theirs = current[now != half], reference[was != half]
            if min(len(ours), len(theirs)) < _LEAST:
                return None
            score = learn(np.concatenate((ours, theirs)), np.repeat([1.0, 0.0], [len(ours), len(theirs)]))
            at = np.flatnonzero(was == half)
            log_odds = np.clip(score(reference[at]), -_FARTHEST, _FARTHEST)
            odds[split, at] = np.exp(log_odds) * (len(theirs) / len(ours))
            halves.append(np.where(was == half, odds[split], 0.0))
    mean = odds.mean(axis=0)
    return Weighting(_as_rows(mean), np.stack([_as_rows(half) for half in halves]), min(1.0, float(mean.mean())))


def _as_rows(weights: Floats) -> Floats:
    """The weights, scaled to sum to their effective sample size."""
    scaled: Floats = weights * (weights.sum() / (weights**2).sum())
    return scaled
