"""Checks that a plan read from a pack is one that fitting could have made: lengths, order and finite numbers."""

import math
from itertools import pairwise

import numpy as np

from driftline.errors import PackError
from driftline.profiles.plan import LABELS, NUMBERS, ColumnPlan, Plan

_MOST_GROUPS = 1_000


def check_plan(plan: Plan) -> None:
    """Refuse a plan whose columns cannot be folded or compared.

    Raises:
        PackError: names the column and what is wrong with it.
    """
    names = [column.name for column in plan.columns]
    if len(set(names)) < len(names):
        raise PackError("two columns of the plan have the same name")
    for column in plan.columns:
        if wrong := _find_fault(column):
            raise PackError(f"column {column.name[:100]!r} of the plan: {wrong}")


def _find_fault(column: ColumnPlan) -> str:
    """What is wrong with a column, nothing where it is as it should be."""
    edges, groups, bins = column.edges, column.groups, _count_bins(column)
    ends = [end for end in (column.minimum, column.maximum) if end is not None]
    faults = {
        "its edges are no finite numbers in order": edges.ndim != 1
        or not np.isfinite(edges).all()
        or not (np.diff(edges) > 0).all(),
        "its categories are no different texts": not all(isinstance(label, str) for label in column.categories)
        or len(set(column.categories)) < len(column.categories),
        "its groups are not one small whole number for each bin": groups.ndim != 1
        or (groups.size not in {0, bins})
        or bool(groups.size and not 0 <= groups.min() <= groups.max() < _MOST_GROUPS),
        "its center is not finite, or its scale not above 0": not math.isfinite(column.center)
        or not (math.isfinite(column.scale) and column.scale > 0),
        "its smallest and largest values are not finite and in order": not all(map(math.isfinite, ends))
        or any(low > high for low, high in pairwise(ends)),
        "its middle part is no two finite numbers in order": column.core is not None
        and not (len(column.core) == 2 and all(map(math.isfinite, column.core)) and column.core[0] <= column.core[1]),
        "the number of values that it keeps is out of range": not 0 <= column.exact <= 131_072,
    }
    return next((fault for fault, holds in faults.items() if holds), "")


def _count_bins(column: ColumnPlan) -> int:
    if column.kind in NUMBERS:
        return 2 * column.edges.size + 1
    return len(column.categories) + 1 if column.kind in LABELS else column.groups.size
