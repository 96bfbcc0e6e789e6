# ruff: noqa: SLF001 - a merge looks into the other one of its own class
"""A mergeable uniform sample of a table's rows, and the types of its columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.data import by_name
from driftline.data.decode import as_labels, as_numbers
from driftline.data.hashing import Hashes
from driftline.data.ipc import from_file, to_file
from driftline.types import Kind

_CELLS = 10_000_000
_MOST, _LEAST = 50_000, 5_000


@dataclass(frozen=True)
class _Part:
    """Rows of one schema with the key (n,) of each, and how many rows (n,) are equal to it."""

    frame: pl.DataFrame
    keys: Hashes
    counts: Integers

    def upto(self, bound: int | None) -> "_Part":
        if bound is None or not self.keys.size:
            return self
        near = self.keys <= np.uint64(bound)
        return _Part(self.frame.filter(near), self.keys[near], self.counts[near])


class Sample:
    """The different rows with the smallest hashes, 50,000 at most (bottom-k; Cohen & Kaplan 2007), with their numbers.

    The same rows end in the same sample in any order and partition. It is all rows where few are different, and uniform
    where most are; fewer are kept of more than 200 columns.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[Any, ...], int] = {}
        self._parts: dict[tuple[Any, ...], list[_Part]] = {}
        self._bound: int | None = None

    def absorb(self, batch: pl.DataFrame) -> None:
        """Fold in one batch."""
        keys = batch.hash_rows().to_numpy() if batch.width else np.zeros(batch.height, np.uint64)
        self._add(_Part(batch, keys, np.ones(batch.height, np.int64)), batch.height)

    def merge(self, other: Self) -> "Sample":
        """The sample of both sides' rows together."""
        both = Sample()
        for side in (self, other):
            side._add_to(both)
        return both

    def _add_to(self, both: "Sample") -> None:
        both._bound = min((bound for bound in (self._bound, both._bound) if bound is not None), default=None)
        for schema, parts in self._parts.items():
            for i, part in enumerate(parts):
                both._add(part, 0 if i else self._rows[schema])

    def state(self) -> dict[str, Any]:
        """Plain values for the codec; each schema's rows are an Arrow IPC file."""
        self._trim()
        parts = [
            [self._rows[schema], to_file(part.frame), part.keys, part.counts] for schema, (part,) in self._parts.items()
        ]
        return {"bound": self._bound, "parts": parts}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The inverse of `state`."""
        sample = cls()
        sample._bound = state["bound"]
        for rows, frame, keys, counts in state["parts"]:
            sample._add(_Part(from_file(frame), keys, counts), rows)
        return sample

    @property
    def rows(self) -> int:
        """Number of all rows."""
        return sum(self._rows.values())

    @cached_property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Type of each column, by their places; where batches differ the type of most rows, null where none has one."""
        places: dict[str, int] = {}
        votes: dict[str, dict[pl.DataType, int]] = {}
        for schema, rows in self._rows.items():
            for place, (name, dtype) in enumerate(schema):
                places[name] = min(place, places.get(name, place))
                votes.setdefault(name, {}).setdefault(dtype, 0)
                votes[name][dtype] += rows
        return {
            name: max(votes[name], key=lambda dtype: (dtype != pl.Null, votes[name][dtype], str(dtype)))
            for name in sorted(places, key=lambda name: (places[name], name))
        }

    @cached_property
    def table(self) -> pl.DataFrame:
        """The sampled rows, in the order of their keys; a row that is there often comes as often as is its due."""
        self._trim()
        parts = [self._parts[schema][0] for schema in sorted(self._parts, key=str)]
        if not parts:
            return pl.DataFrame()
        keys, counts = (np.concatenate([getattr(part, name) for part in parts]) for name in ("keys", "counts"))
        order = np.argsort(keys, kind="stable")
        weights = _row_weights(counts[order], self.rows if self._bound is not None else None, self._size)
        chosen = _draw_evenly(weights, min(self._size, int(counts.sum())))
        return _concat_mixed([part.frame for part in parts])[order[chosen]]

    @property
    def _size(self) -> int:
        width = len({name for schema in self._rows for name, _ in schema})
        return min(_MOST, max(_LEAST, _CELLS // max(width, 1)))

    def _add(self, part: _Part, rows: int) -> None:
        for name in ("dtypes", "table"):
            self.__dict__.pop(name, None)
        schema = tuple(part.frame.schema.items())
        self._rows[schema] = self._rows.get(schema, 0) + rows
        self._parts.setdefault(schema, []).append(part.upto(self._bound))
        if sum(part.keys.size for parts in self._parts.values() for part in parts) > 2 * self._size:
            self._trim()

    def _trim(self) -> None:
        """Keep each different row once, and of these the ones with the smallest keys."""
        parts = {schema: _merge_equal_rows(parts) for schema, parts in self._parts.items()}
        keys = np.concatenate([np.empty(0, np.uint64), *(part.keys for part in parts.values())])
        if keys.size > self._size:
            self._bound = int(np.partition(keys, self._size - 1)[self._size - 1])
        self._parts = {schema: [part.upto(self._bound)] for schema, part in parts.items()}


def _merge_equal_rows(parts: list[_Part]) -> _Part:
    """Each row once."""
    keys, first, where = np.unique(
        np.concatenate([part.keys for part in parts]), return_index=True, return_inverse=True
    )
    if len(parts) == 1 and keys.size == parts[0].keys.size:
        return parts[0]
    counts = np.zeros(keys.size, np.int64)
    np.add.at(counts, where, np.concatenate([part.counts for part in parts]))
    return _Part(pl.concat([part.frame for part in parts])[first], keys, counts)


def _row_weights(counts: Integers, rows: int | None, size: int) -> Floats:
    """How much each different row weighs (n,), out of so many rows; None: these are all.

    A row that comes more often than the sample is coarse stands for itself alone, the others for all that is not kept.
    """
    weights = counts.astype(np.float64)
    if rows is not None:
        often = weights * size > rows
        few, rest = weights[~often].sum(), rows - weights[often].sum()
        weights[often] *= few / rest if few and rest else 1.0
    return weights


def _draw_evenly(weights: Floats, size: int) -> Integers:
    """Places (size,) at even steps of the summed weights (Madow & Madow 1944)."""
    ends = np.cumsum(weights)
    if not size:
        return np.empty(0, np.int64)
    places: Integers = np.searchsorted(ends, (np.arange(size) + 0.5) * (ends[-1] / size), "right")
    return np.minimum(places, ends.size - 1)


def _concat_mixed(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All parts' rows; a column whose types differ becomes text, unless all are numbers, or all dates."""
    parts = list(parts)
    schemas = [part.schema for part in parts]
    if all(schema == schemas[0] for schema in schemas):
        return pl.concat(parts)
    for name in dict.fromkeys(name for schema in schemas for name in schema):
        kinds = {schema[name] for schema in schemas if name in schema} - {pl.Null()}
        if len(kinds) < 2 or all(kind.is_numeric() for kind in kinds):
            continue
        dates = all(kind == pl.Date or isinstance(kind, pl.Datetime) for kind in kinds)
        parts = [
            part.with_columns(_to_common_type(by_name.column(part, name), dates=dates).alias(name))
            if name in part.columns
            else part
            for part in parts
        ]
    return pl.concat(parts, how="diagonal_relaxed")


def _to_common_type(series: pl.Series, *, dates: bool) -> pl.Series:
    if dates:
        return as_numbers(series, Kind.DATETIME).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
    return as_labels(series, Kind.CATEGORICAL)
