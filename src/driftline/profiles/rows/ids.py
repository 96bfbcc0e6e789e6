"""What is found of each row, beside the ids that it is joined back by."""

import polars as pl

from driftline.data import by_name
from driftline.profiles.plan import Plan
from driftline.types import Role


def lay_beside_ids(found: pl.DataFrame, frame: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Some columns, in the order of the rows of a frame, after those of its columns that are ids."""
    ids = [column.name for column in plan.columns if column.role is Role.ID]
    return by_name.select(frame, ids).hstack(found.get_columns()) if set(ids) & set(frame.columns) else found
