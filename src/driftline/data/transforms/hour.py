"""Hour of the day."""

import polars as pl

from driftline.data.transforms.base import of_dates, transform
from driftline.types import Kind


@transform(closed=True, title="hour of the day", kind=Kind.CATEGORICAL, suits=of_dates, judged=False)
def hour(values: pl.Series) -> pl.Series:
    """Hour of the day, 0 to 23, in the time zone of the timestamp or the column's own; of text in UTC.

    Shown, not judged.
    """
    return values.dt.hour().cast(pl.Int64)
