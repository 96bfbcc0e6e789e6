"""Whether a feature counts more or less in the model's answers than in the reference."""

import numpy as np

from driftline import humanize
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.attributions import Attributions
from driftline.stats import attributions
from driftline.types import Estimate, Kind, Role


@drift(
    title="attribution change", needs=Attributions, kinds={Kind.NUMERIC}, roles={Role.ATTRIBUTION}, unit="share",
    low=-1, high=None, worse="both", threshold=0.1, judged=True, by_segment=True,
)  # fmt: skip
def attribution_drift(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Change of the mean absolute attribution, as a share of all mean absolute attributions of the reference, from -1.

    +10 % means: the feature moves the model's answers more than in the reference by a tenth of all that its features
    move them. `says` has the mean sizes and the ranks. Rows in which an attribution is missing do not count. It needs
    columns of attributions (`attributions: shap_`) and no model. That a feature now raises answers where it lowered
    them, by as much, is seen by the distances of the column. Interval by the delta method, p-value of a
    two-sided normal test. Assumes independent rows.

    >>> from driftline.testing.examples import measure
    >>> now = {"shap_km": [3.0, -3.5] * 50, "shap_rain": [1.0, -1.5] * 50}
    >>> was = {"shap_km": [2.0, -2.5] * 50, "shap_rain": [1.0, -1.5] * 50}
    >>> print(measure("attribution_drift", now, was, attributions="shap_"))
    0.286 (0.262 to 0.309), n = 100
    """
    now, was = current.get(Attributions), reference.get(Attributions)
    if not now.rows or not was.rows:
        return Estimate(value=None, n=now.rows, why="no row has all attributions")
    at = [column.name for column in now.plan.columns if column.role is Role.ATTRIBUTION].index(current.plan.name)
    (sizes, spread), (past, past_spread) = now.means(), was.means()
    found = tuple(float(part[at]) for part in attributions.changes(sizes, spread, past, past_spread))
    ranks = [int(attributions.rank(part)[at]) for part in (past, sizes)]
    sized = " → ".join(humanize.number(float(part[at])) for part in (past, sizes))
    says = f"mean size {sized}, rank {ranks[0]} → {ranks[1]} of {sizes.size}"
    return Estimate.from_interval(
        found, now.rows, says=says, why="all attributions of the reference are 0" if not np.any(past) else ""
    )
