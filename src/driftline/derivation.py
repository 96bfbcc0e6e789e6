"""What a derivation is: a column computed from another one, row by row, and then profiled like any column."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from driftline.types import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A function of a series to a series of the same length, with its facts.

    `suits` says of which columns (kind, type) it is taken. The derived column is called `column.name`; its `kind` says
    how it is profiled. `judged` False: shown, never a finding.
    """

    name: str
    title: str
    kind: Kind
    suits: Callable[[Kind, pl.DataType], bool]
    judged: bool
    function: Callable[[pl.Series], pl.Series]

    def __call__(self, values: pl.Series) -> pl.Series:
        """The derived values; null where there is none."""
        return self.function(values)

    @property
    def doc(self) -> str:
        """The function's docstring."""
        return self.function.__doc__ or ""


def derivation(
    *, title: str, kind: Kind, suits: Callable[[Kind, pl.DataType], bool], judged: bool = True
) -> Callable[[Callable[[pl.Series], pl.Series]], Derivation]:
    """Make a derivation of a function `f(series) -> series`; it takes the function's name."""

    def wrap(function: Callable[[pl.Series], pl.Series]) -> Derivation:
        return Derivation(name=function.__name__, title=title, kind=kind, suits=suits, judged=judged, function=function)

    return wrap


def of_text(kind: Kind, dtype: pl.DataType) -> bool:
    """Suits free text."""
    return kind is Kind.TEXT and dtype == pl.String


def of_dates(kind: Kind, dtype: pl.DataType) -> bool:
    """Suits dates with a time."""
    return kind is Kind.DATETIME and isinstance(dtype, pl.Datetime)


def of_vectors(_: Kind, dtype: pl.DataType) -> bool:
    """Suits embeddings: lists of numbers."""
    return isinstance(dtype, pl.List | pl.Array) and dtype.inner.is_numeric()
