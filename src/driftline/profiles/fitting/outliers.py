"""Learns from the reference how rare each value is, and from which sum on a row is unusual."""

from dataclasses import replace

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.data.inspect import Inspection
from driftline.profiles.plan import LABELS, ColumnPlan, Plan
from driftline.profiles.rows.isolation_forest import Forest, grow
from driftline.profiles.rows.outliers import read_numbers, score_rows
from driftline.profiles.rows.places import is_placed, place_values
from driftline.profiles.rows.sampled import sampled_rows

_SHARE = 0.01
"""Of the reference's rows, that are unusual."""


def fit_outliers(inspection: Inspection, plan: Plan) -> Plan:
    """The plan with what at most 50,000 sampled rows of the reference say; as it is where there are no features."""
    features = [column for column in plan.columns if is_placed(column)]
    if not features:
        return plan
    rows = sampled_rows(inspection, features, plan.format)
    made = {column.name: _rarity(place_values(rows, column), column) for column in features}
    columns = tuple(replace(column, rarity=made.get(column.name)) for column in plan.columns)
    fitted = replace(plan, columns=columns)
    if plan.config.outliers == "forest":  # one half of the rows is for the trees, the other for the limit
        half = np.arange(rows.height) % 2 == 0
        numbers = read_numbers(rows.where(half, features), fitted)
        forest = _coarsen(grow(numbers), features)
        fitted, rows = replace(fitted, forest=forest), rows.where(~half, features)
    return replace(fitted, unusual=float(np.quantile(score_rows(rows, fitted), 1 - _SHARE)))


def _coarsen(forest: Forest, columns: list[ColumnPlan]) -> Forest:
    """The forest with its cuts rounded, as numbers of these columns may be kept."""
    cuts = forest.cuts.copy()
    for at, column in enumerate(columns):
        own = (forest.columns == at) & np.isfinite(cuts)
        cuts[own] = column.coarsen(cuts[own].astype(np.float64))
    return replace(forest, cuts=cuts)


def _rarity(places: Integers, column: ColumnPlan) -> Floats:
    """The negative logarithm of how often the reference has a value as far out as that (places,).

    Of numbers twice the share in the smaller tail, of labels the share of all that are as rare; at least half a row's.
    """
    counts = np.bincount(places, minlength=column.groups.size + 2).astype(np.float64)
    rows, fine = counts.sum(), column.groups.size
    shares = counts / rows
    if column.kind in LABELS:
        order = np.argsort(shares[:fine], kind="stable")
        sums = np.cumsum(shares[:fine][order])
        chance = np.empty(fine)
        chance[order] = sums[np.searchsorted(shares[:fine][order], shares[:fine][order], side="right") - 1]
    else:
        below = np.cumsum(shares[:fine]) - shares[:fine] / 2
        chance = 2 * np.minimum(below, shares[:fine].sum() - below)
    rarity: Floats = -np.log(np.clip(np.concatenate((chance, shares[fine:])), 0.5 / rows, 1.0))
    return rarity
