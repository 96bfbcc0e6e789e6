"""Whether the features are as important to the model, in the same order, as in the reference."""

import numpy as np

from driftline.metrics.base_drift import drift
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.attributions import Attributions, columns
from driftline.stats import attributions
from driftline.types import Estimate, Health

_TOLD = 3


@drift(
    title="order of attributions kept (nDCG)", health=Health.MODEL, on="table", needs=Attributions, high=1,
    worse="both", neutral=1, threshold=0.1, judged=True, by_segment=True,
)  # fmt: skip
def attribution_ndcg(current: Profile, reference: Profile) -> Estimate | None:
    """How well the current order of the features keeps the reference's attributions on top: nDCG, 0 to 1.

    Features are ordered by their mean absolute attribution. The discounted cumulative gain of the current order, with
    the reference's mean absolute attributions as gains, is divided by that of the reference's order; below 0.90 is a
    finding. This is the number that Amazon SageMaker Clarify calls feature attribution drift, with its limit. The
    interval is from 500 draws of the means, as normal and independent; the p-value is of the
    hypothesis that no mean changed (Bonferroni 1936). Rows in which an attribution is missing do not
    count; rows are taken to be independent. It needs columns of attributions (`attributions: shap_`) and no model.
    Source: Järvelin & Kekäläinen (2002).

    >>> from driftline.testing.examples import measure
    >>> was = {"shap_km": [3.0, -3.1] * 50, "shap_rain": [1.0, -1.1] * 50, "shap_hour": [0.2, -0.1] * 50}
    >>> now = {"shap_km": [1.0, -1.1] * 50, "shap_rain": [3.0, -3.1] * 50, "shap_hour": [0.2, -0.1] * 50}
    >>> print(measure("attribution_ndcg", now, was, attributions="shap_"))
    0.805 (0.804 to 0.806), n = 100
    """
    now, was = current.get(Attributions), reference.get(Attributions)
    if not now.rows or not was.rows:
        return Estimate(value=None, n=now.rows, why="no row has all attributions")
    (sizes, spread), (past, past_spread) = now.means(), was.means()
    found = attributions.ndcg_interval(sizes, spread, past, past_spread)
    p_values = attributions.changes(sizes, spread, past, past_spread)[3]
    p_value = min(1.0, float(np.nanmin(p_values, initial=1.0)) * sizes.size)
    before, after = attributions.rank(past), attributions.rank(sizes)
    names = [column.name.removeprefix(now.plan.config.attributions or "") for column in columns(now.plan)]
    moved = sorted(range(len(names)), key=lambda at: (-abs(int(after[at] - before[at])), int(before[at])))
    told = [f"{names[at]} {before[at]} → {after[at]}" for at in moved[:_TOLD] if before[at] != after[at]]
    says = f"ranks: {', '.join(told)}" if told else ""
    return Estimate.from_interval((*found, p_value), now.rows, says=says)
