"""How far the attributions of features are from what they were, in size and in rank.

A size (m,) is the mean absolute attribution of each of m features, its variance (m,) that of the mean.
"""

import numpy as np
import scipy

from driftline.arrays import Floats, Integers
from driftline.stats.intervals import normal_quantile

_DRAWS = 500


def rank(sizes: Floats) -> Integers:
    """The rank (m,) of each feature, 1 for the largest; equal ones in their order.

    >>> rank(np.array([0.1, 3.0, 2.0])).tolist()
    [3, 1, 2]
    """
    ranks = np.empty(sizes.shape, np.int64)
    np.put_along_axis(ranks, np.argsort(-sizes, axis=-1, kind="stable"), np.arange(1, sizes.shape[-1] + 1), -1)
    return ranks


def ndcg(current: Floats, reference: Floats) -> Floats:
    """How well the current order of the features keeps the reference's attributions on top, 0 to 1.

    `current`, `reference`: (..., m). The discounted cumulative gain of the current order with the reference's sizes as
    gains, over that of the reference's order; the discount is 1 / log2(1 + rank). 1 where the order is the same or
    no feature counts. Source: Järvelin & Kekäläinen (2002), in the use that Amazon SageMaker Clarify documents.

    >>> ndcg(np.array([1.0, 3.0, 2.0]), np.array([3.0, 2.0, 1.0])).round(3).item()
    0.868
    """
    discount = 1 / np.log2(np.arange(2, reference.shape[-1] + 2))
    now = np.take_along_axis(reference, np.argsort(-current, axis=-1, kind="stable"), -1) @ discount
    best = -np.sort(-reference, axis=-1) @ discount
    return np.where(best > 0, now / np.where(best > 0, best, 1.0), 1.0)


def ndcg_interval(
    current: Floats, spread: Floats, reference: Floats, past_spread: Floats, confidence: float = 0.95
) -> tuple[float, float, float]:
    """`ndcg` with its interval, `(value, low, high)`: by draws of the mean sizes, whose variances are given.

    Means are drawn as normal and independent (500 draws, the same each time). Attributions of one row rise together as
    a rule, which makes differences between means less uncertain than that: the interval is rather too wide.

    >>> sizes, spread = np.array([3.0, 2.0, 1.0]), np.full(3, 1e-6)
    >>> ndcg_interval(sizes, spread, sizes, spread)
    (1.0, 1.0, 1.0)
    """
    random = np.random.default_rng(0)
    drawn = random.normal(size=(2, _DRAWS, current.size))
    now, was = np.abs(current + drawn[0] * np.sqrt(spread)), np.abs(reference + drawn[1] * np.sqrt(past_spread))
    value = float(ndcg(current, reference))
    low, high = np.quantile(ndcg(now, was), [(1 - confidence) / 2, (1 + confidence) / 2]).tolist()
    return value, min(low, value), max(high, value)


def rank_interval(sizes: Floats, spread: Floats, confidence: float = 0.95) -> tuple[Integers, Integers]:
    """The lowest and the highest rank (m,) that each feature may have, by draws as those of `ndcg_interval`.

    >>> [part.tolist() for part in rank_interval(np.array([3.0, 2.9, 1.0]), np.full(3, 0.01))]
    [[1, 1, 3], [2, 2, 3]]
    """
    drawn = np.abs(sizes + np.random.default_rng(0).normal(size=(_DRAWS, sizes.size)) * np.sqrt(spread))
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(rank(drawn), ends, axis=0, method="nearest").astype(np.int64)
    own = rank(sizes)
    return np.minimum(low, own), np.maximum(high, own)


def changes(
    current: Floats, spread: Floats, reference: Floats, past_spread: Floats, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats, Floats]:
    """Change of each size as a share of all sizes of the reference, `(change, low, high, p_value)` of (m,) each.

    Normal intervals by the delta method; the p-value is of the hypothesis that a size is as before. All are nan where
    the reference's sizes are 0.

    >>> sizes, spread = np.array([3.0, 1.0]), np.full(2, 1e-4)
    >>> changes(np.array([2.0, 1.0]), spread, sizes, spread)[0].tolist()
    [-0.25, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        total = reference.sum() if reference.sum() > 0 else np.nan
        change = (current - reference) / total
        others = past_spread.sum() - past_spread
        variance = (spread + (1 + change) ** 2 * past_spread + change**2 * others) / total**2
        half = normal_quantile(confidence) * np.sqrt(variance)
        apart = np.abs(current - reference) / np.sqrt(spread + past_spread)
        p_value = np.where(current == reference, 1.0, 2 * scipy.special.ndtr(-apart))
    return change, change - half, change + half, p_value
