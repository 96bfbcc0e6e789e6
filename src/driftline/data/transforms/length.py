"""Length in characters."""

import polars as pl

from driftline.data.transforms.base import of_text, transform
from driftline.types import Kind


@transform(title="length in characters", kind=Kind.NUMERIC, suits=of_text)
def length(values: pl.Series) -> pl.Series:
    """Number of characters of a text, from 0."""
    return values.str.len_chars().cast(pl.Float64)
