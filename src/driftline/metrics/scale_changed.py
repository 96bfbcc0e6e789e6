"""A unit or scale that seems to be another one."""

import math

from driftline.metric import distance
from driftline.profile import ColumnProfile
from driftline.sketches.magnitudes import Magnitudes
from driftline.stats import units
from driftline.types import Estimate, Kind

_ENOUGH = 100
_MOST = 0.8


@distance(
    title="unit or scale changed", family="schema", kinds={Kind.NUMERIC}, unit="share", low=0, high=1, threshold=0.8,
    certain=True,
)  # fmt: skip
def scale_changed(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """How much of the difference between the two distributions one known change of unit explains, 0 to 1.

    About forty changes are tried, such as times 1000, 60 or 1.609, degrees Celsius in Fahrenheit, the sign, and
    logarithms: each quantile from 5 to 95 % is changed and compared. 0 while the distributions are less than a quarter
    of an interquartile range apart; at most 0.8 where what is left unexplained is over 3 % of that range and what
    sampling adds. Over 0.8 is judged. Taken from 100 values on, of columns with at least eight different quantiles.
    Measured with 100 to 3,000 rows: 97 % of changes are found; of columns that drift by 20 to 50 % and in shape at
    random, 1 to 4 % are told as well. A real change of that very size and form looks the same: the reason names the
    likely unit, and a person decides.
    """
    now, was = current.find(Magnitudes), reference.find(Magnitudes)
    n = min(side.n if side else 0 for side in (now, was))
    if now is None or was is None or n < _ENOUGH:
        return None
    share, apart, left, said = units.changed(now.quantiles(units.SHARES), was.quantiles(units.SHARES))
    if not math.isfinite(share):
        return None  # quantiles that are all alike, or too far apart for a ratio
    suspect = share > _MOST and left < 0.03 + 1 / math.sqrt(n)
    return Estimate(
        value=share if suspect else min(share, _MOST), n=current.n,
        detail={"says": said if suspect else "", "apart": apart, "left": left},
    )  # fmt: skip
