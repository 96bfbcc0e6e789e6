"""Day of the week."""

import polars as pl

from driftline.data.transforms.base import of_dates, transform
from driftline.types import Kind


@transform(closed=True, title="day of the week", kind=Kind.CATEGORICAL, suits=of_dates, judged=False)
def weekday(values: pl.Series) -> pl.Series:
    """Day of the week, 1 is Monday, in the time zone of the timestamp or the column's own; of text in UTC.

    Shown, not judged.
    """
    return values.dt.weekday().cast(pl.Int64)
