"""What a derivation is: a column computed from another one, row by row, and then profiled like any column."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
import polars as pl

from driftline.arrays import Floats
from driftline.data import hashing
from driftline.errors import MissingExtraError
from driftline.types import Kind

Suits = Callable[[Kind, pl.DataType], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """A function of a series to a series of the same length, with its facts.

    `suits` says of which columns (kind, type) it is taken. The derived column is called `column.name`; its `kind` says
    how it is profiled. `judged` False: shown, never a finding. `fit` is for one that learns: it makes an array of the
    reference's sample, which the plan keeps and the function is handed with every batch. `by_value`: the function is
    worked out once for each distinct value. `closed`: its labels are a fixed list, never a text of the rows, so
    rare ones are kept as well. `needs` are the module that it computes with and the extra that brings it: without, the
    plan has no such column.
    """

    GROUP: ClassVar[str] = "transforms"

    name: str
    title: str
    kind: Kind
    suits: Suits
    judged: bool
    function: Callable[..., pl.Series]
    fit: Callable[[pl.Series], Any] | None
    by_value: bool
    closed: bool
    needs: tuple[str, str] | None

    def __call__(self, values: pl.Series, fitted: Any = None) -> pl.Series:
        """The derived values; null where there is none.

        Raises:
            MissingExtraError: when the plan was made with an extra that is not installed here.
        """
        if not self.by_value:
            return self.of_distinct(values, fitted)
        distinct = values.unique().drop_nulls()
        found = self.of_distinct(distinct, fitted)
        return values.replace_strict(distinct, found, default=None, return_dtype=found.dtype)

    def of_distinct(self, values: pl.Series, fitted: Any = None) -> pl.Series:
        """The function of these values as they are."""
        if not self.installed and self.needs is not None:
            raise MissingExtraError(f"{self.title} of {values.name!r}, which the plan asks for", self.needs[1])
        return self.function(values) if self.fit is None else self.function(values, fitted)

    @property
    def installed(self) -> bool:
        """Whether what it computes with is there."""
        return self.needs is None or find_spec(self.needs[0]) is not None

    @property
    def doc(self) -> str:
        """The function's docstring."""
        return self.function.__doc__ or ""


def transform(  # noqa: PLR0913 - facts, by name
    *,
    title: str,
    kind: Kind,
    suits: Suits,
    judged: bool = True,
    fit: Callable[[pl.Series], Any] | None = None,
    by_value: bool = False,
    closed: bool = False,
    needs: tuple[str, str] | None = None,
) -> Callable[[Callable[..., pl.Series]], Transform]:
    """Make a derivation of a function `f(series)`, or `f(series, fitted)` with `fit`; it takes the function's name."""

    def wrap(function: Callable[..., pl.Series]) -> Transform:
        return Transform(
            name=function.__name__, title=title, kind=kind, suits=suits, judged=judged, function=function, fit=fit,
            by_value=by_value, closed=closed, needs=needs,
        )  # fmt: skip

    return wrap


def of_text(kind: Kind, dtype: pl.DataType) -> bool:
    """Suits free text."""
    return kind is Kind.TEXT and dtype == pl.String


def of_strings(kind: Kind, dtype: pl.DataType) -> bool:
    """Suits free text, and labels that are text."""
    return kind in {Kind.TEXT, Kind.CATEGORICAL} and dtype == pl.String


def of_dates(kind: Kind, dtype: pl.DataType) -> bool:
    """Suits dates with a time."""
    return kind is Kind.DATETIME and isinstance(dtype, pl.Datetime)


def of_vectors(_: Kind, dtype: pl.DataType) -> bool:
    """Suits embeddings: lists of numbers."""
    return isinstance(dtype, pl.List | pl.Array) and dtype.inner.is_numeric()


def by_length(values: pl.Series, function: Callable[[Floats], Floats]) -> pl.Series:
    """The function (rows,) of vectors (rows, length), taken for each length that there is; null where it is no number.

    >>> by_length(pl.Series([[3.0, 4.0], [2.0], None]), lambda vectors: vectors.max(axis=1)).to_list()
    [4.0, 2.0, None]
    """
    lists = values.arr.to_list() if isinstance(values.dtype, pl.Array) else values
    lengths = lists.list.len()
    found = np.full(values.len(), np.nan)
    for length in lengths.unique().drop_nulls().to_list():
        if length:
            here = (lengths == length).fill_null(value=False)
            numbers = lists.filter(here).explode().cast(pl.Float64).to_numpy()
            with np.errstate(over="ignore", invalid="ignore"):
                found[here.to_numpy()] = function(numbers.reshape(-1, length))
    return pl.Series(values.name, found).fill_nan(None)


def direction(length: int, number: int) -> Floats:
    """A fixed random unit vector (length,): each component is plus or minus one over the root of the length.

    >>> float(direction(4, 1) @ direction(4, 1))
    1.0
    """
    bits = hashing.of_numbers(np.arange(length, dtype=np.float64) + 2.0**32 * number) >> np.uint64(63)
    vector: Floats = (bits.astype(np.float64) * 2 - 1) / np.sqrt(length)
    return vector
