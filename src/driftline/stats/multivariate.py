"""How far two samples of rows differ as a whole: by a classifier, a kernel, or what a basis leaves over."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from driftline.arrays import Floats, Integers
from driftline.stats import intervals

Estimated = tuple[float, float, float, float]
Score = Callable[[Floats], Floats]
Learn = Callable[[Floats, Floats], Score]
Halves = tuple[Integers, Integers]


class Fold(NamedTuple):
    """What was learnt from one half of the rows, `score`, and the other half: rows of both sides, (n, d) and (m, d)."""

    score: Score
    current: Floats
    reference: Floats


NONE = (float("nan"),) * 4
LEAST = 10  # rows of each side in a half
_BASIS = 32
_RIDGE = 0.1
_KEPT = 0.8
_ROUNDS = 999
_MOST = 1000


def rank_auc(over: npt.ArrayLike, under: npt.ArrayLike, *, both: bool = False) -> Estimated:
    """Share of pairs in which a score of the first group is the higher one, `(value, low, high, p_value)`, 0 to 1.

    `over`, `under`: scores, shape (n,) and (m,); a tie counts half. That is the area under the ROC curve. The interval
    is DeLong's (1988), the p-value that of Mann and Whitney (1947) with ties, by the normal distribution: of 0.5
    against more, with `both` against anything else. All nan where a group has no scores.

    >>> [round(x, 2) for x in rank_auc([2, 3, 4], [1, 2, 2])]
    [0.89, 0.03, 1.0, 0.05]
    """
    yes, no = np.asarray(over, dtype=float), np.asarray(under, dtype=float)
    n, m = yes.size, no.size
    if not n or not m:
        return NONE
    levels, at = np.unique(np.concatenate((yes, no)), return_inverse=True)
    ups, downs = (np.bincount(part, minlength=levels.size).astype(float) for part in (at[:n], at[n:]))
    value, low, high = intervals.auc(ups, downs)
    ties = ups + downs
    spread = (n + m + 1 - float((ties**3 - ties).sum()) / ((n + m) * max(n + m - 1, 1))) / (12 * n * m)
    score = (value - 0.5) / np.sqrt(spread) if spread > 0 else 0.0
    p_value = 2 * float(scipy.special.ndtr(-abs(score))) if both else float(scipy.special.ndtr(-score))
    return value, low, high, p_value


def cross_fit(current: Floats, reference: Floats, halves: Halves, learn: Learn) -> list[Fold]:
    """For each half a classifier learnt from the other one, and the half's rows of both sides; none if they are few.

    `current` (n, d), `reference` (m, d); `halves`: 0 or 1 of each row of each. `learn(rows, labels)` gives the function
    that scores other rows. Empty where a half has fewer than ten rows of a side.
    """
    parts = [[side[part == half] for side, part in zip((current, reference), halves, strict=True)] for half in (0, 1)]
    if min(len(side) for part in parts for side in part) < LEAST:
        return []
    folds = []
    for (ours, theirs), (more, others) in (parts, parts[::-1]):
        labels = np.repeat([1.0, 0.0], [len(more), len(others)])
        folds.append(Fold(learn(np.concatenate((more, others)), labels), ours, theirs))
    return folds


def classifier_auc(folds: Sequence[Fold]) -> Estimated:
    """How well a classifier tells rows of two samples apart, `(value, low, high, p_value)`: area under the ROC curve.

    Value and interval are the means over both folds, the p-value is twice the smaller one, so it holds however the
    halves hang together. All nan without folds.
    """
    found = [rank_auc(fold.score(fold.current), fold.score(fold.reference)) for fold in folds]
    if not found:
        return NONE
    value, low, high, _ = (float(each) for each in np.mean(found, axis=0))
    return value, low, high, min(1.0, 2 * min(one[3] for one in found))


def permutation_importance(folds: Sequence[Fold]) -> Floats:
    """How much `classifier_auc` falls (d,) when one column's values are shuffled; the smaller of both folds.

    The shuffling is the same each time. Source: Breiman (2001).
    """
    found: list[list[float]] = []
    for score, ours, theirs in folds:
        rows, random = np.concatenate((ours, theirs)), np.random.default_rng(len(found))
        whole, own = rank_auc(score(ours), score(theirs))[0], []
        for at in range(rows.shape[1]):
            shuffled = rows.copy()
            shuffled[:, at] = random.permutation(rows[:, at])
            scores = score(shuffled)
            own.append(whole - rank_auc(scores[: len(ours)], scores[len(ours) :])[0])
        found.append(own)
    falls: Floats = np.min(found, axis=0)
    return falls


def discriminant(rows: Floats, labels: Floats) -> Score:
    """Learn to tell vectors apart by means and spreads: a linear discriminant on components and their squares.

    `rows` (n, d), `labels` (n,) 0 or 1. The vectors are standardised and turned to their 32 first principal components;
    what these leave over is one more. Least squares with a ridge (Hoerl & Kennard 1970).
    """
    center, scale, basis = _basis(rows, _BASIS)

    def features(other: Floats) -> Floats:
        turned = ((other - center) / scale) @ basis.T
        left = (((other - center) / scale) ** 2).sum(axis=1) - (turned**2).sum(axis=1)
        told = np.column_stack((turned, np.log(np.maximum(left, 0) + 1e-9)))
        return np.column_stack((told, told**2))

    made = features(rows)
    mean, spread = made.mean(axis=0), _spread(made)
    made = (made - mean) / spread
    gram = made.T @ made / len(made) + _RIDGE * np.eye(made.shape[1])
    weights = np.linalg.solve(gram, made.T @ (labels - labels.mean()) / len(made))
    return lambda other: ((features(other) - mean) / spread) @ weights


def reconstruction_auc(current: Floats, reference: Floats, half: Integers) -> tuple[Estimated, int]:
    """Share of pairs in which the current vector is rebuilt worse than one of the reference; and the components.

    `current` (n, d), `reference` (m, d), `half` (m,) 0 or 1. The first principal components of one half of the
    reference that hold 80 % of its variance rebuild the other half and the current vectors; their squared errors are
    compared as in `ranked`, against both sides.
    """
    learnt, held = reference[half == 0], reference[half == 1]
    if min(len(learnt), len(held), len(current)) < LEAST:
        return NONE, 0
    center, scale, basis = _basis(learnt, min(learnt.shape[1], len(learnt) // 2))
    variances = ((((learnt - center) / scale) @ basis.T) ** 2).sum(axis=0)
    share = np.cumsum(variances) / max(float((((learnt - center) / scale) ** 2).sum()), 1e-300)
    basis = basis[: int(np.searchsorted(share, _KEPT)) + 1]

    def errors(rows: Floats) -> Floats:
        steps = (rows - center) / scale
        found: Floats = np.maximum((steps**2).sum(axis=1) - ((steps @ basis.T) ** 2).sum(axis=1), 0)
        return found

    return rank_auc(errors(current), errors(held), both=True), len(basis)


def mmd(current: Floats, reference: Floats, seed: int) -> tuple[float, float]:
    """Squared maximum mean discrepancy of two samples, unbiased, and its p-value by 999 permutations of the rows.

    `current` (n, d), `reference` (m, d); the first 1,000 rows of each at most. Gaussian kernel, as wide as the median
    distance of two rows. May be a little below 0. The same seed gives the same p-value.
    Source: Gretton et al. (2012).

    >>> value, p_value = mmd(np.arange(20.0)[:, None], np.arange(20.0)[:, None] + 0.5, 1)
    >>> value < 0.01, p_value > 0.5
    (True, True)
    """
    one, two = current[:_MOST], reference[:_MOST]
    n, m = len(one), len(two)
    if min(n, m) < LEAST:
        return float("nan"), float("nan")
    rows = np.concatenate((one, two))
    rows = (rows - rows.mean(axis=0)) / (float(np.abs(rows).max()) or 1.0)
    squares = (rows**2).sum(axis=1)
    distances = np.maximum(squares[:, None] + squares - 2 * rows @ rows.T, 0)
    middle = float(np.median(distances[np.triu_indices(n + m, 1)])) or 1.0
    kernel = np.exp(-distances / (2 * middle))
    np.fill_diagonal(kernel, 0)
    random = np.random.default_rng(seed)
    sides = np.zeros((n + m, _ROUNDS + 1))
    sides[:n, 0] = 1
    for at in range(1, _ROUNDS + 1):
        sides[random.permutation(n + m)[:n], at] = 1
    inner = kernel @ sides
    same = (sides * inner).sum(axis=0)
    across = inner.sum(axis=0) - same
    other = float(kernel.sum()) - same - 2 * across
    values = same / (n * (n - 1)) + other / (m * (m - 1)) - 2 * across / (n * m)
    reached = values[1:] >= values[0] - 1e-12
    return float(values[0]), (1 + int(reached.sum())) / (_ROUNDS + 1)


def _basis(rows: Floats, most: int) -> tuple[Floats, Floats, Floats]:
    """Means (d,), deviations (d,), and the first principal components (k, d) of the rows standardised by them."""
    center, scale = rows.mean(axis=0), _spread(rows)
    basis: Floats = np.linalg.svd((rows - center) / scale, full_matrices=False)[2][:most]
    return center, scale, basis


def _spread(rows: Floats) -> Floats:
    """Standard deviation (d,) of each column, 1 where it is none."""
    spread = rows.std(axis=0)
    return np.where(spread > 1e-12 * np.abs(rows).max(initial=0.0), spread, 1.0)
