"""Number of words."""

import polars as pl

from driftline.data.transforms.base import of_text, transform
from driftline.types import Kind


@transform(title="number of words", kind=Kind.NUMERIC, suits=of_text)
def words(values: pl.Series) -> pl.Series:
    """Number of runs of characters that are no white space, from 0."""
    return values.str.count_matches(r"\S+").cast(pl.Float64)
