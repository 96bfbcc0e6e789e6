"""A unit or scale that seems to be another one."""

import math

from driftline.metric import distance
from driftline.profile import ColumnProfile
from driftline.sketches.magnitudes import Magnitudes
from driftline.stats import units
from driftline.types import Estimate, Kind

_ENOUGH = 100


@distance(
    title="unit or scale changed", family="schema", kinds={Kind.NUMERIC}, unit="share", low=0, high=1, threshold=0.9,
    certain=True,
)  # fmt: skip
def scale_changed(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """How much of the difference between the two distributions one known change of unit explains, 0 to 1.

    About forty changes are tried, such as times 1000, 60 or 1.609, degrees Celsius in Fahrenheit, the sign, and
    logarithms: each quantile from 5 to 95 % is changed and compared. 0 while the distributions are less than half an
    interquartile range apart; at most 0.9 where what is left unexplained is over 3 % of that range and what sampling
    adds. Over 0.9 is judged. Taken from 100 values on, of columns with at least eight different quantiles. Measured:
    19 of 20 changes are found with 100 to 3,000 rows. A real change of that very size and form looks the same: the
    reason names the likely unit, and a person decides.
    """
    now, was = current.find(Magnitudes), reference.find(Magnitudes)
    n = min(side.n if side else 0 for side in (now, was))
    if now is None or was is None or n < _ENOUGH:
        return None
    share, apart, left, said = units.changed(now.quantiles(units.SHARES), was.quantiles(units.SHARES))
    suspect = share > 0.9 and left < 0.03 + 1 / math.sqrt(n)
    return Estimate(
        value=share if suspect else min(share, 0.9), n=current.n,
        detail={"says": said if suspect else "", "apart": apart, "left": left},
    )  # fmt: skip
