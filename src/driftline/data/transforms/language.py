"""Language of a text."""

from importlib import import_module

import polars as pl

from driftline.data.transforms.base import of_text, transform
from driftline.types import Kind

_CHARACTERS = 200
_LETTERS = 20


@transform(
    closed=True, title="language", kind=Kind.CATEGORICAL, suits=of_text, needs=("py3langid", "text"), by_value=True
)
def language(values: pl.Series) -> pl.Series:
    """Language of a text as its ISO 639-1 code, by its first 200 characters; "short" below 20 letters.

    By the model that comes with py3langid, a naive Bayes classifier over byte n-grams; with the extra `text` only. It
    costs about a hundred times what the length of a text costs. Source: Lui & Baldwin (2012).
    """
    classify = import_module("py3langid").classify
    start = values.str.head(_CHARACTERS)
    long = start.str.count_matches(r"\p{L}") >= _LETTERS
    found = [classify(text)[0] if enough else "short" for text, enough in zip(start, long, strict=True)]
    return pl.Series(found, dtype=pl.String)
