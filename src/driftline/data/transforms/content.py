"""What a text holds."""

import polars as pl

from driftline.data.transforms.base import of_text, transform
from driftline.types import Kind

_FORMS = {
    "empty": r"^\s*$",
    "e-mail": r"^\s*[^@\s]+@[^@\s]+\.[^@\s.]+\s*$",
    "url": r"(?i)^\s*(?:(?:https?|ftp)://|www\.)\S+\s*$",
    "uuid": r"(?i)^\s*\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?\s*$",
    "date": r"^\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T ]\d{1,2}:\d{2}.*)?\s*$",
    "number": r"^\s*[+-]?(?:\d+(?:[.,]\d+)*|\.\d+)(?:[eE][+-]?\d+)?\s*%?\s*$",
    "json": r"(?s)^\s*(?:\{.*\}|\[.*\])\s*$",
}


@transform(closed=True, title="content", kind=Kind.CATEGORICAL, suits=of_text, by_value=True)
def content(values: pl.Series) -> pl.Series:
    """What a text looks like: empty, e-mail, url, uuid, date, number, json, or other, the first that fits.

    By its form alone: nothing is resolved or parsed.
    """
    found = pl.lit("other")
    for name, form in reversed(_FORMS.items()):
        found = pl.when(pl.lit(values).str.contains(form)).then(pl.lit(name)).otherwise(found)
    return pl.select(found.alias("class")).to_series() if values.len() else pl.Series([], dtype=pl.String)
