"""Precision, recall and F1 from a confusion matrix, with intervals."""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Which = Literal["precision", "recall", "f1"]


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
    margin = float(ndtri((1 + confidence) / 2)) * (variance / n) ** 0.5
    return value, max(0.0, value - margin), min(1.0, value + margin)
