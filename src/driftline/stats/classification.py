"""What a confusion matrix says of a classifier, with intervals: precision, recall, F1, balanced accuracy, Matthews."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy

from driftline.arrays import Floats
from driftline.stats.intervals import mean, normal_quantile, wilson

Which = Literal["precision", "recall", "f1"]
Interval = tuple[float, float, float]
NONE = (float("nan"),) * 3


def accuracy(matrix: npt.ArrayLike) -> Interval:
    """Share of the rows that are answered right, `(value, low, high)`, with Wilson's interval; nan without rows.

    `matrix`: counts (classes, classes), which may be broken numbers.

    >>> [round(x, 3) for x in accuracy([[50, 50], [10, 90]])]
    [0.7, 0.633, 0.759]
    """
    counts = np.asarray(matrix, dtype=float)
    return wilson(float(counts.trace()), float(counts.sum()))


def mean_cost(matrix: npt.ArrayLike, costs: npt.ArrayLike) -> Interval:
    """Mean over the rows of what each costs, `(value, low, high)`, in the unit of the costs, with a t-interval.

    `matrix`: counts (classes, classes), true class first, which may be broken numbers; `costs` of each cell.

    >>> [round(x, 3) for x in mean_cost([[50, 50], [10, 90]], [[0, 1], [5, 0]])]
    [0.5, 0.344, 0.656]
    """
    counts, each = np.asarray(matrix, dtype=float), np.asarray(costs, dtype=float)
    n = float(counts.sum())
    mean_of = float((counts * each).sum()) / n if n else float("nan")
    return mean(mean_of, float((counts * (each - mean_of) ** 2).sum()), n)


def macro(matrix: npt.ArrayLike, which: Which, confidence: float = 0.95) -> tuple[float, float, float]:
    """Unweighted mean over the classes, `(value, low, high)`, 0 to 1; nan without rows.

    `matrix`: counts (classes, classes), true class first. Classes that are neither true nor predicted anywhere do not
    count; a class whose ratio has no denominator counts as 0, as in scikit-learn. The interval is by the delta method
    on the multinomial counts.

    >>> round(macro([[5, 5], [0, 10]], "recall")[0], 3)
    0.75
    """
    counts = np.asarray(matrix, dtype=float)
    n = counts.sum()
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    p = counts / n
    true, answered, hit = p.sum(axis=1), p.sum(axis=0), np.diag(p)
    present = (true + answered) > 0
    base, weight = {"recall": (true, 1.0), "precision": (answered, 1.0), "f1": (true + answered, 2.0)}[which]
    safe = np.where(base > 0, base, 1.0)
    value = float((weight * hit / safe)[present].mean())
    slope = np.where(present & (base > 0), weight * hit / safe**2, 0.0) / present.sum()
    gradient = np.zeros_like(p)
    if which in {"recall", "f1"}:
        gradient -= slope[:, None]
    if which in {"precision", "f1"}:
        gradient -= slope[None, :]
    gradient += np.diag(np.where(base > 0, weight / safe, 0.0)) / present.sum()
    variance = max(0.0, float((p * gradient**2).sum()) - float((p * gradient).sum()) ** 2)
    margin = normal_quantile(confidence) * (variance / n) ** 0.5
    return value, max(0.0, value - margin), min(1.0, value + margin)


def balanced_accuracy(matrix: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Mean over the classes of the share of their rows that are found, `(value, low, high)`, 0 to 1.

    `matrix`: counts (classes, classes), true class first; classes without true rows do not count; nan without rows. The
    interval joins the score intervals of the shares (Wilson, 1927; Zou and Donner, 2008). Measured coverage of 95%, 100
    rows and more, 3 and more of each class expected: 0.92 to 0.96.

    >>> [round(x, 3) for x in balanced_accuracy([[50, 50], [10, 90]])]
    [0.7, 0.639, 0.753]
    """
    counts = np.asarray(matrix, dtype=float)
    rows = counts.sum(axis=1)
    n, hits = rows[rows > 0], np.diag(counts)[rows > 0]
    if not n.size:
        return NONE
    share = hits / n
    ends = _score(share, n, confidence)
    below, above = share - ends[0], ends[1] - share
    value = float(share.mean())
    low, high = value - float(np.hypot.reduce(below)) / n.size, value + float(np.hypot.reduce(above)) / n.size
    return value, max(0.0, low), min(1.0, high)


def matthews(matrix: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Matthews correlation of true and answered class, `(value, low, high)`, -1 to 1; of many R_K (Gorodkin, 2004).

    `matrix`: counts (classes, classes), true class first. 0 where all rows are answered alike, nan where all are truly
    of one class. The interval is Wilson's for (1 + value) / 2, as a share of so many rows as have its uncertainty by
    the delta method, at a matrix with two rows added that agree by chance only, so that it has a width where no row is
    wrong. Measured coverage of 95%, 100 rows and more, 3 and more of each class expected: 0.91 to 0.97; down to 0.65
    where a class may have no row at all.

    >>> [round(x, 3) for x in matthews([[50, 50], [10, 90]])]
    [0.436, 0.314, 0.545]
    """
    counts = np.asarray(matrix, dtype=float)
    n = counts.sum()
    true, answered = counts.sum(axis=1), counts.sum(axis=0)
    if np.count_nonzero(true) < 2:
        return NONE
    if np.count_nonzero(answered) < 2:
        margin = min(1.0, float(normal_quantile(confidence) / np.sqrt(n)))
        return 0.0, -margin, margin
    value = min(1.0, max(-1.0, _correlation(counts / n)[0]))
    chance = 2 / n**2 * np.outer(true, answered)
    near, gradient = _correlation((counts + chance) / (n + 2))
    variance = _variance((counts + chance) / (n + 2), gradient)
    low, high = _score(np.array((1 + value) / 2), _rows(1 - near * near, variance, n), confidence)
    return value, 2 * float(low) - 1, 2 * float(high) - 1


def _correlation(p: Floats) -> tuple[float, Floats]:
    """The correlation of a matrix of shares, and its slope in each of them."""
    true, answered = p.sum(axis=1), p.sum(axis=0)
    spread, other = 1 - float(true @ true), 1 - float(answered @ answered)
    root = float(np.sqrt(spread * other))
    value = (float(np.trace(p)) - float(true @ answered)) / root
    slope = (np.eye(len(p)) - answered[:, None] - true[None, :]) / root
    gradient: Floats = slope + value * (answered[None, :] / other + true[:, None] / spread)
    return value, gradient


def weighted_mean(matrix: npt.ArrayLike, which: Which, confidence: float = 0.95) -> Interval:
    """Mean over the classes of precision or F1, weighted by their true rows, `(value, low, high)`, 0 to 1.

    `matrix`: counts (classes, classes), true class first; a class never answered has precision 0, as in scikit-learn;
    nan without rows. The interval is Wilson's, as a share of so many rows as have the same uncertainty by the delta
    method, at a matrix with two rows added that agree by chance only. Measured coverage of 95%, 100 rows and more, 3
    and more of each class expected: 0.91 to 0.97.

    >>> [round(x, 3) for x in weighted_mean([[50, 50], [10, 90]], "f1")]
    [0.688, 0.616, 0.751]
    """
    counts = np.asarray(matrix, dtype=float)
    n = counts.sum()
    if n == 0:
        return NONE
    value = _average(counts / n, which)[0]
    near = (counts + 2 / n**2 * np.outer(counts.sum(axis=1), counts.sum(axis=0))) / (n + 2)
    centre, gradient = _average(near, which)
    low, high = _score(np.array(value), _rows(centre * (1 - centre), _variance(near, gradient), n), confidence)
    return value, float(low), float(high)


def _average(p: Floats, which: Which) -> tuple[float, Floats]:
    """The weighted mean of a matrix of shares, and its slope in each of them."""
    true, answered, hit = p.sum(axis=1), p.sum(axis=0), np.diag(p)
    base, times = (answered, 1.0) if which == "precision" else (true + answered, 2.0)
    safe = np.where(base > 0, base, 1.0)
    score = times * hit / safe
    fall = true * score / safe
    gradient = score[:, None] - fall[None, :] + np.diag(times * true / safe)
    if which == "f1":
        gradient -= fall[:, None]
    return float(true @ score), gradient


def _variance(p: Floats, gradient: Floats) -> float:
    """Variance of one row's part in a function of shares."""
    variance = float((p * gradient**2).sum()) - float((p * gradient).sum()) ** 2
    return max(variance, 0.0)


def _rows(spread: float, variance: float, n: float) -> float:
    """Of how many rows a share with this spread has the uncertainty of n rows' function."""
    return n * spread / variance if spread > 0 and variance > 1e-15 else n


def _score(share: Floats, n: Floats | float, confidence: float) -> tuple[Floats, Floats]:
    """Score intervals of shares among n rows, or of what is as uncertain as such a share."""
    z2 = normal_quantile(confidence) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    margin = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low: Floats = (centre - margin).clip(0, share)
    high: Floats = (centre + margin).clip(share, 1)
    return low, high


def roc_band(
    negatives: npt.ArrayLike, positives: npt.ArrayLike, n: int, m: int, at: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Band of a whole ROC curve: the lowest and the highest true positive rates (k,), (k,), 0 to 1.

    Args:
        negatives: false positive rates (t,), rising from 0 to 1, one a threshold.
        positives: true positive rates (t,) at the same thresholds.
        n: rows of the negative class.
        m: rows of the positive class.
        at: false positive rates (k,) at which the band is wanted.
        confidence: of the curve of all rows to lie in the band everywhere at once.

    Each class's distribution of scores lies within a Kolmogorov band (Dvoretzky, Kiefer & Wolfowitz 1956; Massart
    1990), both at once with this confidence; the curve is moved by their widths to both sides. Holds for every sample
    size, and is wide. Assumes independent rows. Source: Campbell (1994).

    >>> low, high = roc_band([0, 0.1, 1], [0, 0.8, 1], 1_000, 1_000, [0.1, 0.5])
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.0, 0.75], [1.0, 1.0])
    """
    false, true = (np.asarray(rates, dtype=float) for rates in (negatives, positives))
    alpha = 1 - np.sqrt(confidence)
    across, up = (np.sqrt(np.log(2 / alpha) / (2 * max(rows, 1))) for rows in (n, m))
    x = np.asarray(at, dtype=float)
    before = np.searchsorted(false, x - across, "right") - 1  # the last threshold that is surely left of x
    after = np.searchsorted(false, x + across, "left")  # the first that is surely right of it
    low = np.where(before >= 0, true[np.maximum(before, 0)] - up, 0.0)
    high = np.where(after < false.size, true[np.minimum(after, false.size - 1)] + up, 1.0)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def precision_band(hits: npt.ArrayLike, rows: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of the precision at each threshold by itself (pointwise), (k,) and (k,), 0 to 1.

    `hits` (k,) are the positives among the `rows` (k,) at or above the threshold. Wilson's interval, given so many rows
    there. Assumes independent rows.

    >>> low, high = precision_band([8, 80], [10, 100])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.49, 0.711], [0.943, 0.867])
    """
    k, n = np.asarray(hits, dtype=float), np.maximum(np.asarray(rows, dtype=float), 1.0)
    z = float(scipy.special.ndtri(0.5 + confidence / 2))
    share, square = k / n, z * z / n
    middle, reach = (
        (share + square / 2) / (1 + square),
        z * np.sqrt(share * (1 - share) / n + square / n / 4) / (1 + square),
    )
    return np.clip(middle - reach, 0.0, 1.0), np.clip(middle + reach, 0.0, 1.0)
