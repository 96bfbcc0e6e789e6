"""A derived column: the digits in a text."""

import polars as pl

from driftline.data.transforms.base import of_text, transform
from driftline.types import Kind


@transform(title="number of digits", kind=Kind.NUMERIC, suits=of_text)
def digits(values: pl.Series) -> pl.Series:
    """Number of decimal digits in a text, from 0."""
    return values.str.count_matches(r"\d").cast(pl.Float64)
