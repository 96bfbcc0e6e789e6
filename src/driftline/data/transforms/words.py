"""Number of words."""

import polars as pl

from driftline.data.transforms.base import derivation, of_text
from driftline.types import Kind


@derivation(title="number of words", kind=Kind.NUMERIC, suits=of_text)
def words(values: pl.Series) -> pl.Series:
    """Number of runs of characters that are no white space, from 0."""
    return values.str.count_matches(r"\S+").cast(pl.Float64)
