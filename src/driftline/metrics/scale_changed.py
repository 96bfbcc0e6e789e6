"""A unit or scale that seems to be another one."""

import math

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.metrics.base import distance
from driftline.profiles.distribution import distribution
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.magnitudes import Magnitudes
from driftline.stats import ecdf, unit_change
from driftline.types import Estimate, Kind

_ENOUGH = 100
_STEPS = 8
_CERTAIN = 3.0  # scaled gap of two cumulative shares: by chance once in 30 million columns (Kolmogorov's distribution)
_MOST, _LEFT = 0.8, 0.015


@distance(
    title="unit or scale changed",
    family="schema",
    kinds={Kind.NUMERIC},
    unit="share",
    low=0,
    high=1,
    threshold=0.8,
    certain=True,
    seasonal=True,
)
def scale_changed(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """How much of the difference between the two distributions one known change of unit explains, 0 to 1.

    0 unless the distributions differ beyond chance: their largest gap by Kolmogorov and Smirnov is one that equal
    columns show once in 30 million. Then about forty changes are tried, such as times 1000, 60 or 1.609, degrees
    Celsius in Fahrenheit, the sign, and logarithms (only whole factors where all values are whole numbers): each
    quantile from 5 to 95 % is changed and compared. 0 while these are less than a quarter of an interquartile range
    apart; at most 0.8 where what is left unexplained is over 1.5 % of that range and what sampling adds. Over 0.8 is
    judged. The sign is tried where the reference is on one side of zero or lopsided, for around zero an even one cannot
    tell it from a shift. A factor under five, which growth can cause as well, is mentioned, and ok: the drift of the
    column is judged by itself. Taken from 100 values on, of columns with at least eight different ones. A window is
    compared with the reference's windows of its hour or weekday where they differ: what is a tenth every night is no
    other unit.

    Measured: none found in 400,000 columns in which nothing changed (normal, t with 3 degrees of freedom, lognormal,
    uniform, binomial, Poisson; 100 to 5,000 rows). Of factors over five, Fahrenheit and signs of one-sided columns 94 %
    are found with 100 rows, 96 % with 1,000; of small factors 0 to 2 %, and 70 to 80 %. Of lognormal columns whose
    logarithm drifts at random with a standard deviation of 0.5 on each side, 4 to 10 % are mentioned, and at most 0.3 %
    judged. A real change of that very size and form looks the same: the reason names the likely unit, and a person
    decides.

    >>> from driftline.testing.examples import measure
    >>> print(measure("scale_changed", [meters * 1000 for meters in range(100, 400)], list(range(100, 400))))
    0.998, n = 300
    """
    now, bins, past = current.get_or_none(Magnitudes), current.get(Bins), reference.get(Bins)
    n, m = int(bins.counts.sum()), int(past.counts.sum())
    if now is None or min(n, m) < _ENOUGH or bins.plan.edges.size < _STEPS:
        return None
    if _agree(bins.counts, past.counts):
        return Estimate(value=0.0, n=current.sample_size)
    whole = _whole(bins) and _whole(past)
    result = unit_change.find_change(now.quantiles(unit_change.SHARES), _find_quantiles(reference), whole=whole)
    if result is None:
        return Estimate(value=0.0, n=current.sample_size)
    noise = 1.5 * math.sqrt(1 / n + 1 / m) if result.sure else 1 / math.sqrt(min(n, m))
    suspect = result.share > _MOST and result.left < _LEFT + noise
    growth = suspect and not result.sure
    says = f"{result.words}, or a change of that size" if growth else result.words if suspect else ""
    return Estimate(
        value=result.share if suspect else min(result.share, _MOST), n=current.sample_size, says=says, notable=growth,
        judged=not growth, detail={"apart": result.apart, "left": result.left, "unit": says},
    )  # fmt: skip


def _find_quantiles(reference: ColumnProfile) -> Floats:
    """The quantiles (19,) at `unit_change.SHARES`; of a season, which has no magnitudes, by its bins."""
    if (magnitudes := reference.get_or_none(Magnitudes)) is not None:
        return magnitudes.quantiles(unit_change.SHARES)
    values = distribution(reference)
    return np.array(
        [ecdf.quantile(values.edges, values.counts, *values.ends, float(share))[0] for share in unit_change.SHARES]
    )


def _agree(now: Integers, was: Integers) -> bool:
    """Whether chance alone could make the gap of two distributions, given by their counts (bins,)."""
    n, m = int(now.sum()), int(was.sum())
    gap = float(np.max(np.abs(np.cumsum(now) / n - np.cumsum(was) / m)))
    return gap * math.sqrt(n * m / (n + m)) < _CERTAIN


def _whole(bins: Bins) -> bool:
    """Whether all values are whole numbers: as far as the sums of all bins are."""
    return bool(np.isfinite(bins.sums).all() and (bins.sums == np.rint(bins.sums)).all())
