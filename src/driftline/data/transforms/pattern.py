"""Pattern of a text."""

import polars as pl

from driftline.data.transforms.base import of_strings, transform
from driftline.types import Kind

_LONGEST = 40
_STEPS = (
    (r"[\p{L}--\p{Lu}]+", "a"),
    (r"\p{Lu}+", "A"),
    (r"\p{N}+", "9"),
    (r"\s+", " "),
    (r"(?:[Aa]+[ ,.;:]+){3,}", "a… "),
)


@transform(title="pattern", kind=Kind.CATEGORICAL, suits=of_strings, by_value=True)
def pattern(values: pl.Series) -> pl.Series:
    """Shape of a text: runs of small letters as a, of capitals as A, of digits as 9; the rest as it is.

    So AB-1234 and XY-7 are A-9. Three words or more in a row are "a… "; cut to 40 characters. Taken of free text and of
    columns with more than 50 categories.
    """
    found = values.str.head(10 * _LONGEST)
    for runs, sign in _STEPS:
        found = found.str.replace_all(runs, sign)
    return found.str.head(_LONGEST)
