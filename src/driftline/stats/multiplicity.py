"""Many tests at once."""

import numpy as np
import numpy.typing as npt


def benjamini_hochberg(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjusted p-values: those at most `a` are a set whose expected share of false ones is at most `a`.

    `p_values` has shape (tests,), so has the outcome. nan stays nan and does not count as a test. Assumes tests that
    are independent or positively dependent (Benjamini and Hochberg, 1995).

    >>> benjamini_hochberg([0.01, 0.02, float("nan"), 0.5]).round(3).tolist()
    [0.03, 0.03, nan, 0.5]
    """
    adjusted = np.array(p_values, dtype=float)
    known = np.flatnonzero(~np.isnan(adjusted))
    order = known[np.argsort(adjusted[known], kind="stable")[::-1]]
    ranks = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(adjusted[order] * len(order) / ranks))
    return adjusted
