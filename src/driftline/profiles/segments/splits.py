"""The segments of a plan: which ways the rows are sliced, and in which segment each row of a batch is."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from driftline.arrays import Floats
from driftline.config.segments.settings import JOIN, SegmentConfig
from driftline.errors import ConfigError, suggest_name
from driftline.profiles.batch import Batch
from driftline.profiles.plan import SEGMENTS, ColumnPlan, Plan
from driftline.profiles.segments.condition import Condition, make_condition
from driftline.types import Kind, Role

MISSING, RARE, NEW = "(missing)", "(rare values)", "(new values)"
GROUPED = (MISSING, RARE, NEW)
"""Names of segments of a column that are no single value of it."""


@dataclass(frozen=True, eq=False)
class Part:
    """A column that splits rows: into its values (`labels`, most frequent first), or at `edges` into ranges."""

    column: ColumnPlan
    labels: tuple[str, ...]
    edges: Floats | None = None

    def labels_of(self, batch: Batch) -> pl.Series:
        """The label (height,) of each row; never null."""
        return self._ranges(batch) if self.edges is not None else self._values(batch)

    def _values(self, batch: Batch) -> pl.Series:
        """Its value, or one name for all rare, all new, all missing ones."""
        labels, column = batch.kept_labels(self.column), self.column
        own = labels.is_in(self.labels).fill_null(value=False)
        known = labels.is_in(column.categories).fill_null(value=False)
        rare, new = (pl.Series([name]).new_from_index(0, labels.len()) for name in (RARE, NEW))
        return labels.zip_with(own, rare.zip_with(known, new)).set(labels.is_null(), MISSING)

    def _ranges(self, batch: Batch) -> pl.Series:
        numbers = batch.numbers(self.column)
        place = np.searchsorted(self.edges if self.edges is not None else [], numbers, "right")
        names = pl.Series([*self.labels, MISSING])
        return names.gather(np.where(np.isnan(numbers), len(self.labels), place))


@dataclass(frozen=True, eq=False)
class Split:
    """One way to slice the rows: by the parts' labels, where a condition holds.

    Segments are called `name=label`, of several parts `name=label & label`; those of a condition alone `name`.
    """

    config: SegmentConfig
    parts: tuple[Part, ...]
    condition: Condition | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.config.key

    @property
    def is_whole(self) -> bool:
        """Whether each row is in exactly one of its segments."""
        return self.condition is None

    @property
    def columns(self) -> tuple[ColumnPlan, ...]:
        """The columns that decide in which segment a row is."""
        return (*(part.column for part in self.parts), *(self.condition.columns if self.condition else ()))

    def suits(self, names: Collection[str]) -> bool:
        """Whether rows with these columns can be split."""
        return all(column.name in names for column in self.columns)

    def has(self, segment: str) -> bool:
        """Whether a segment is one of these."""
        return self.config.has(segment)

    def segment(self, labels: str) -> str:
        """The segment of a label."""
        return f"{self.name}={labels}"

    def label(self, segment: str) -> str:
        """The inverse of `segment`; the name itself where the split is a condition alone."""
        return segment.removeprefix(f"{self.name}=")

    def segments_of(self, batch: Batch) -> pl.Series:
        """The segment (height,) of each row; null where it is in none."""
        if self.parts:
            labels = [part.labels_of(batch) for part in self.parts]
            joined = pl.DataFrame([series.alias(str(at)) for at, series in enumerate(labels)])
            names = pl.concat_str([pl.col(str(at)) for at in range(len(self.parts))], separator=JOIN)
            found = joined.select(pl.concat_str([pl.lit(f"{self.name}="), names])).to_series()
        else:
            found = pl.Series([self.name]).new_from_index(0, batch.height)
        return found if self.condition is None else found.set(~self.condition.holds(batch), None)


_SPLITS: WeakKeyDictionary[Plan, tuple[Split, ...]] = WeakKeyDictionary()


def make_splits(plan: Plan) -> tuple[Split, ...]:
    """All ways in which the plan slices the rows.

    Raises:
        ConfigError: when one of them does not suit the columns; names setting, column and what was expected.
    """
    if plan not in _SPLITS:
        places = {split.key: f"segments.{at}" for at, split in enumerate(plan.config.segments)}
        _SPLITS[plan] = tuple(
            _make(split, plan, places.get(split.key, "fairness.attributes")) for split in plan.config.splits
        )
    return _SPLITS[plan]


def _make(split: SegmentConfig, plan: Plan, key: str) -> Split:
    condition = None
    if split.condition is not None:
        condition = make_condition(split.condition, plan.columns, f"{key}.where")
    columns = [_find(name, plan, key) for name in split.split_columns]
    counts = [len(split.edges[c.name]) + 1 if c.name in split.edges else max(1, len(c.segments)) for c in columns]
    while len(counts) > 1 and math.prod(counts) > SEGMENTS:
        counts[counts.index(max(counts))] -= 1  # of the column with the most, one more rare value
    parts = tuple(_make_part(column, split, key, most) for column, most in zip(columns, counts, strict=True))
    return Split(split, parts, condition)


def _find(name: str, plan: Plan, key: str) -> ColumnPlan:
    if name not in plan.by_name:
        hint = suggest_name(name, plan.by_name, "the reference has: ")
        raise ConfigError(f"{key}: the reference has no column {name!r}; {hint}")
    return plan.by_name[name]


def _make_part(column: ColumnPlan, split: SegmentConfig, key: str, most: int) -> Part:
    edges = split.edges.get(column.name)
    if edges is None:
        return Part(column, column.segments[:most])
    if column.kind is not Kind.NUMERIC or column.role is Role.IGNORED:
        held = "is ignored" if column.role is Role.IGNORED else f"is {column.kind.value}"
        raise ConfigError(
            f"{key}.edges: column {column.name!r} {held}; expected numbers; leave it out of segments by value, or say "
            f"columns: {{{column.name}: {{kind: numeric}}}}"
        )
    return Part(column, range_labels(edges), np.array(edges, np.float64))


def range_labels(edges: tuple[float, ...]) -> tuple[str, ...]:
    """What the ranges between edges (k,) are called (k + 1,): each has its lower end.

    >>> range_labels((30, 50.5))
    ('under 30', '30 to 50.5', '50.5 and over')
    """
    names = [f"{edge:.15g}" for edge in edges]
    inner = [f"{low} to {high}" for low, high in pairwise(names)]
    return (f"under {names[0]}", *inner, f"{names[-1]} and over")


def find_split(plan: Plan, name: str) -> Split | None:
    """The split that is called so, or None."""
    return next((split for split in make_splits(plan) if split.name == name), None)
