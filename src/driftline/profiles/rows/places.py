"""Where each row's value stands in its column's plan, row by row."""

import numpy as np
import polars as pl

from driftline.arrays import Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, ColumnPlan
from driftline.types import Kind, Role


def is_placed(column: ColumnPlan) -> bool:
    """Whether a column is a feature of numbers or labels whose values have places."""
    told = column.role in {Role.FEATURE, Role.SEGMENT} and column.source is None
    return told and bool(column.edges.size if column.kind is Kind.NUMERIC else column.categories)


def place_values(rows: Batch, column: ColumnPlan) -> Integers:
    """The place (n,) of each row's value: its bin, or its category and after these what is new.

    After the last of them, of which there are as many as `column.groups` has entries, come infinite and missing.
    """
    infinite = column.groups.size
    if column.kind in LABELS:
        labels = rows.kept_labels(column)
        new = len(column.categories)
        places = labels.replace_strict(column.categories, range(new), default=new, return_dtype=pl.Int64)
        return places.set(labels.is_null(), infinite + 1).to_numpy()
    numbers = rows.numbers(column)
    return np.where(np.isfinite(numbers), column.bins(numbers), np.where(np.isnan(numbers), infinite + 1, infinite))
