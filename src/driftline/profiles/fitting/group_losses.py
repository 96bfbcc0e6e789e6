"""How wrong the model is within each group of each feature's values: what a drift of that feature is weighed by."""

from dataclasses import replace

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.config.detectors import ERROR
from driftline.data.inspect import Inspection
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.rows.losses import find_obstacle, measure_rows
from driftline.profiles.rows.places import is_placed, place_values
from driftline.profiles.rows.sampled import sampled_rows
from driftline.types import Role

_FEWEST = 200
_ANSWERS = {Role.TARGET, Role.PREDICTION, Role.SCORE}


def fit_group_losses(inspection: Inspection, plan: Plan) -> Plan:
    """The plan with what at most 50,000 sampled rows of the reference say; as it is where fewer than 200 have labels.

    The mean of a group is drawn to that of all rows as if one more row had it, so that a group without rows has it.
    """
    features = [column for column in plan.columns if is_placed(column)]
    if not features or find_obstacle(plan, ERROR):
        return plan
    answers = [column for column in plan.columns if column.role in _ANSWERS]
    rows = sampled_rows(inspection, (*features, *answers), plan.format)
    losses = measure_rows(rows, plan, ERROR)
    known = np.isfinite(losses)
    if known.sum() < _FEWEST:
        return plan
    made = {column.name: _summarize(_groups(rows, column)[known], losses[known], column) for column in features}
    columns = tuple(replace(column, losses=made.get(column.name)) for column in plan.columns)
    return replace(plan, columns=columns)


def _summarize(groups: Integers, losses: Floats, column: ColumnPlan) -> Floats:
    """Mean loss and variance of that mean (2, groups + 3)."""
    size = int(column.groups.max()) + 4
    rows, sums, squares = (np.bincount(groups, part, size) for part in (None, losses, losses**2))
    means = (sums + losses.mean()) / (rows + 1)
    spread = np.where(rows > 1, squares / np.maximum(rows, 1) - (sums / np.maximum(rows, 1)) ** 2, losses.var())
    return np.stack((means, np.maximum(spread, 0.0) / np.maximum(rows, 1)))


def _groups(rows: Batch, column: ColumnPlan) -> Integers:
    """The group (n,) of each row's value, in the order of `ColumnProfile.grouped`."""
    last = int(column.groups.max())
    return np.append(column.groups, (last + 1, last + 2))[place_values(rows, column)]
