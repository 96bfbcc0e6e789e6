"""Columns of a frame by their exact name: the one place that hands a name of the user's data to Polars.

Polars takes `*` and names such as `^id$` for patterns, also inside methods of a series. So a series whose name is a
pattern gets another name here, and columns are selected by position.
"""

from collections.abc import Collection, Iterator

import polars as pl
import polars.selectors as cs

_PLAIN = "values"


def is_pattern(name: str) -> bool:
    """Whether Polars takes a name for a pattern of names.

    >>> is_pattern("*"), is_pattern("^id$"), is_pattern("id")
    (True, True, False)
    """
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def plain(series: pl.Series) -> pl.Series:
    """The series itself, or where its name is a pattern, the same values under the name `values`.

    >>> plain(pl.Series("^id$", [1])).name
    'values'
    """
    return series.alias(_PLAIN) if is_pattern(series.name) else series


def column(frame: pl.DataFrame, name: str) -> pl.Series:
    """The column of exactly that name, safe to compute with.

    >>> frame = pl.DataFrame([pl.Series("^id$", [2, 2]), pl.Series("id", [3, 4])])
    >>> column(frame, "^id$").n_unique()
    1
    """
    return plain(frame.get_column(name))


def columns(frame: pl.DataFrame) -> Iterator[tuple[str, pl.Series]]:
    """Each name with its column, safe to compute with."""
    for series in frame.iter_columns():
        yield series.name, plain(series)


def select(frame: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    """The columns of exactly these names, in the frame's order; names that are not there are left out.

    >>> select(pl.DataFrame([pl.Series("*", [2]), pl.Series("id", [3])]), ["*"]).columns
    ['*']
    """
    return pl.DataFrame([series for series in frame.iter_columns() if series.name in names])


def select_lazily(frame: pl.LazyFrame, names: Collection[str]) -> pl.LazyFrame:
    """As `select`, of a lazy frame."""
    places = [place for place, name in enumerate(frame.collect_schema()) if name in names]
    return frame.select(cs.by_index(places)) if places else frame.select([])
