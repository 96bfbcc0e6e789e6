"""The change of a mean where rows only move between groups, each of which keeps its own mean."""

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats
from driftline.stats.intervals import normal_quantile


def change_of_mean(
    current: npt.ArrayLike,
    reference: npt.ArrayLike,
    means: Floats,
    variances: Floats,
    confidence: float = 0.95,
) -> tuple[float, float, float]:
    """The change of the overall mean with its interval, from rows by group on both sides and the means of the groups.

    `current`, `reference`: rows (groups,), each of at least one row in all. `means` (groups,) with the `variances` of
    their estimates (groups,). The interval is normal, by the delta method: rows are drawn independently on both sides,
    and means apart from them. This is post-stratification. Source: Holt & Smith (1979).

    >>> change, low, high = change_of_mean([50, 50], [90, 10], np.array([1.0, 3.0]), np.zeros(2))
    >>> round(change, 2), round(low, 2), round(high, 2)
    (0.8, 0.57, 1.03)
    """
    now, was = np.asarray(current, float), np.asarray(reference, float)
    p, q = now / now.sum(), was / was.sum()
    change = float((p - q) @ means)
    variance = float((p - q) ** 2 @ variances)
    variance += sum(
        max(0.0, float(share @ means**2) - float(share @ means) ** 2) / rows
        for share, rows in ((p, now.sum()), (q, was.sum()))
    )
    half = normal_quantile(confidence) * float(np.sqrt(variance))
    return change, change - half, change + half
