"""Drift of a regression's residuals: whether its errors are distributed as in the reference."""

import numpy as np

from driftline.metrics.base_drift import drift
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.absolute_errors import AbsoluteErrors
from driftline.profiles.sketches.base_error_bins import ZERO
from driftline.profiles.sketches.negative_errors import NegativeErrors
from driftline.stats import ecdf
from driftline.types import Estimate, Health, Task

_SIGNED = 2**21  # more than any bin's distance from that of no error


@drift(
    title="distance of residuals",
    health=Health.MODEL,
    on="table",
    needs=AbsoluteErrors,
    tasks={Task.REGRESSION},
    high=1,
    threshold=0.15,
    by_segment=True,
)
def residual_drift(current: Profile, reference: Profile) -> Estimate | None:
    """Largest gap between the cumulative distributions of prediction - target, 0 to 1, over rows that have both.

    The Kolmogorov-Smirnov distance of the signed errors: it sees a bias, a wider spread and a heavier tail alike, also
    where the mean absolute error stays. Right to bins of 0.8 % of the error's size; the interval is the band that holds
    the gap with 95 % (wide on purpose), the p-value the asymptotic one. Source: Kolmogorov (1933); Smirnov (1939).

    >>> from driftline.testing.examples import measure
    >>> past = {"target": list(range(200)), "prediction": [y + y % 9 - 4 for y in range(200)]}
    >>> now = {"target": list(range(100)), "prediction": [y + y % 9 for y in range(100)]}
    >>> print(measure("residual_drift", now, past, model={"task": "regression"}))
    0.45 (0.284 to 0.616), n = 100
    """
    sides = [_count(profile) for profile in (current, reference)]
    bins = sorted({place for side in sides for place in side})
    counts = np.zeros((2, 2 * len(bins) + 1), np.int64)
    for at, side in enumerate(sides):
        counts[at, 1::2] = [side.get(place, 0) for place in bins]
    n = int(counts[0].sum())
    if not n or not counts[1].any():
        return Estimate(value=None, n=n, why="no row has a target and a prediction")
    return Estimate.from_interval(ecdf.kolmogorov_smirnov(*counts), n)


def _count(profile: Profile) -> dict[int, int]:
    """Rows by signed bin: below 0 for predictions that are too low, 0 for right ones, above 0 for those too high."""
    sizes, negative = profile.get(AbsoluteErrors), profile.get(NegativeErrors)
    low = dict(zip(negative.bins.tolist(), negative.counts.tolist(), strict=True))
    signed: dict[int, int] = {}
    for place, rows in zip(sizes.bins.tolist(), sizes.counts.tolist(), strict=True):
        if place == ZERO:
            signed[0] = rows
            continue
        below = low.get(place, 0)
        signed |= {-(place + _SIGNED): below} if below else {}
        signed |= {place + _SIGNED: rows - below} if rows > below else {}
    return signed
