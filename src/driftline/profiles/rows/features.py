"""The features of rows as one table of numbers: what metrics that look at several columns at once compare."""

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, ColumnPlan, Plan
from driftline.types import Kind, Role

Singles = npt.NDArray[np.float32]
_FAR = 1e30


def columns(plan: Plan) -> list[ColumnPlan]:
    """The columns whose numbers are held: features of numbers and labels, as they came."""
    roles, kinds = {Role.FEATURE, Role.SEGMENT}, {Kind.NUMERIC, *LABELS}
    return [c for c in plan.columns if c.role in roles and c.kind in kinds and c.source is None]


def read_codes(rows: Batch, plan: Plan) -> Singles:
    """The numbers (n, d) of the columns that are held: robust standard deviations, and places of categories."""
    numbers = np.empty((rows.height, len(columns(plan))), np.float32)
    for at, column in enumerate(columns(plan)):
        numbers[:, at] = _codes(rows, column) if column.kind in LABELS else _steps(rows, column)
    return numbers


def _steps(rows: Batch, column: ColumnPlan) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.clip((rows.numbers(column) - column.center) / column.scale, -_FAR, _FAR)
    return np.where(np.isnan(steps), np.nan, steps)


def _codes(rows: Batch, column: ColumnPlan) -> Floats:
    labels = rows.labels(column)
    places = column.places(labels.fill_null("").to_list()).astype(np.float64)
    return np.where(labels.is_null(), np.nan, np.where(places < 0, len(column.categories), places))
