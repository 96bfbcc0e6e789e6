"""Length in characters."""

import polars as pl

from driftline.data.transforms.base import derivation, of_text
from driftline.types import Kind


@derivation(title="length in characters", kind=Kind.NUMERIC, suits=of_text)
def length(values: pl.Series) -> pl.Series:
    """Number of characters of a text, from 0."""
    return values.str.len_chars().cast(pl.Float64)
