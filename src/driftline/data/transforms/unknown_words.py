"""Share of unknown words."""

import numpy as np
import polars as pl

from driftline.data import hashing
from driftline.data.hashing import Hashes
from driftline.data.transforms.base import of_text, transform
from driftline.types import Kind

_LEAST = 5
_MOST = 100_000
_CHARACTERS = 2_000


def _vocabulary(sample: pl.Series) -> Hashes:
    """Sorted hashes (words,) of the words that come at least five times, the 100,000 most frequent at most."""
    counted = _words(sample).explode().drop_nulls().alias("word").value_counts(name="times")
    counted = counted.filter(pl.col("times") >= _LEAST).sort(["times", "word"], descending=[True, False]).head(_MOST)
    return np.sort(hashing.of_labels(counted.get_column("word").to_list()))


@transform(title="share of unknown words", kind=Kind.NUMERIC, suits=of_text, fit=_vocabulary)
def unknown_words(values: pl.Series, fitted: Hashes) -> pl.Series:
    """Share of a text's words that come less than five times in the sample of the reference, 0 to 1.

    A word is a run of letters, whatever its case; of a text the first 2,000 characters. Null where a text has no words.
    Words that the reference hardly has are left out of its vocabulary, for else all of its own would be known and only
    its own. The plan keeps hashes of words, not the words.
    """
    rows = _words(values).alias("word").to_frame().with_row_index("row").explode("word").drop_nulls()
    words = rows.get_column("word")
    distinct = words.unique()
    strange = ~np.isin(hashing.of_labels(distinct.to_list()), fitted)
    strange_rows = words.replace_strict(distinct, pl.Series(strange), return_dtype=pl.Float64).cast(pl.Float64)
    shares = rows.select("row").with_columns(strange_rows.alias("share")).group_by("row").agg(pl.col("share").mean())
    found = np.full(values.len(), np.nan)
    found[shares.get_column("row").to_numpy()] = shares.get_column("share").to_numpy()
    return pl.Series(found).fill_nan(None)


def _words(texts: pl.Series) -> pl.Series:
    return texts.str.head(_CHARACTERS).str.to_lowercase().str.extract_all(r"\p{L}+")
