"""The table of the rows with the largest errors, or the most unusual ones, each with what made it so."""

import numpy as np

from driftline import humanize
from driftline.arrays import Floats
from driftline.config.detectors import ERROR, LOSS
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.worst_rows import UNUSUAL, WorstRows, choose_score, list_attributions, list_parts
from driftline.types import Health
from driftline.verdicts.sections.records import Quantity, Row, Table

_TOLD = 4
_SCORES = {ERROR: "Absolute error", LOSS: "Log-loss", UNUSUAL: "How unusual"}


def tabulate_worst_rows(current: Profile) -> Table | None:
    """The rows that score highest, each with the columns that add most to its answer, or make it unusual."""
    plan, worst = current.plan, current.get_or_none(WorstRows)
    if worst is None or not worst.scores.size:
        return None
    name = choose_score(plan)
    rows = tuple(
        Row((worst.ids[at] or f"row {at + 1}", Quantity(float(worst.scores[at])), _explain(worst.parts[at], plan)))
        for at in range(worst.scores.size)
    )
    title = "The most unusual rows" if name == UNUSUAL else "Rows with the largest errors"
    attributed = bool(list_attributions(plan))
    why = "What made its answer" if attributed else "What makes it unusual"
    means = (
        "What each feature adds to the answer, as logged, the largest first."
        if attributed
        else "How many splits fewer than on average an isolation forest takes to tell the row apart, by column."
        if list_parts(plan) and plan.forest is not None
        else "How rare the reference has values as far out: each column adds the negative logarithm of that."
        if list_parts(plan)
        else "Why is not known: neither attributions (`attributions`) nor `outliers` are set."
    )
    return Table(
        name="worst-rows", title=title, health=Health.MODEL, detail=True, heads=("Row", _SCORES[name], why), rows=rows,
        caption=f"{means} Of the rows their ids are kept, and none of their values.",
    )  # fmt: skip


def _explain(parts: Floats, plan: Plan) -> str:
    """The columns that add most, each with how much, and the sum of the others."""
    names = list_parts(plan)
    known = np.flatnonzero(np.isfinite(parts))
    if not known.size:
        return "–"
    prefix = plan.config.attributions if isinstance(plan.config.attributions, str) else ""
    order = known[np.argsort(-np.abs(parts[known]), kind="stable")]
    told = [f"{parts[at]:+.3g} by {names[at].removeprefix(prefix)}" for at in order[:_TOLD].tolist() if parts[at]]
    rest = order[_TOLD:]
    told += [f"{float(parts[rest].sum()):+.3g} by {humanize.count(int(rest.size), 'other')}"] if rest.size else []
    return ", ".join(told) or "–"
