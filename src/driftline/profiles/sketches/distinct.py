"""Number of distinct values and of repeated ones: exact while few, estimated beyond."""

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Integers
from driftline.data import hashing
from driftline.data.hashing import Hashes
from driftline.profiles.loops import compiled
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.sketches.base import ColumnSketch
from driftline.profiles.values import ColumnValues
from driftline.types import Kind, Role

_SIZE = 1024
_SIZE_OF_IDS = 131_072


@dataclass(init=False, eq=False)
class Distinct(ColumnSketch):
    """The k smallest value hashes with their exact counts (bottom-k sketch; Cohen & Kaplan 2007, Beyer et al. 2007).

    k is 1,024, and 131,072 for ids. With fewer distinct values than k all of them are held and everything is exact.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("distinct", ["a", "b", "a"])
    >>> sorted(sketch.counts.tolist())
    [1, 2]
    """

    hashes: Hashes
    counts: Integers
    FIELDS: ClassVar[tuple[str, ...]] = ("hashes", "counts")

    def __init__(self, plan: ColumnPlan) -> None:
        super().__init__(plan)
        self.hashes = np.empty(0, np.uint64)
        self.counts = np.empty(0, np.int64)

    @classmethod
    def suits(cls, plan: ColumnPlan) -> bool:
        """Every column."""
        return plan is not None

    @property
    def size(self) -> int:
        """How many hashes are held at most."""
        return _SIZE_OF_IDS if self.plan.role is Role.ID else _SIZE

    @property
    def exact(self) -> bool:
        """Whether every distinct value is held."""
        return self.hashes.size < self.size

    @classmethod
    def is_followed(cls, plan: ColumnPlan) -> bool:
        """Of ids, for `duplicates` is windowed, and of free texts, for so is `constant`."""
        return plan.role is Role.ID or plan.kind is Kind.TEXT

    def absorb(self, values: ColumnValues) -> None:
        """Fold in numbers, or labels with counts."""
        if values.tally is not None:
            self._add(*compiled.smallest(values.found, self.size, None if self.exact else self.hashes[-1]))
        elif values.numbers.size:
            numbers = values.numbers
            if not self.exact:  # most of them are passed over, before any are compared
                numbers = numbers[hashing.upto(self.hashes[-1], numbers)]
            first = np.flatnonzero(np.concatenate((np.ones(min(numbers.size, 1), bool), numbers[1:] != numbers[:-1])))
            self._add(hashing.of_numbers(numbers[first]), np.diff(first, append=numbers.size))
        if values.known.size:
            there = np.flatnonzero(values.known)
            self._add(self.plan.hashes[there], values.known[there])
        if values.labels:
            self._add(hashing.of_labels(values.labels), values.counts)

    def merge(self, other: Self) -> Self:
        """The smallest hashes of both."""
        both = self._like(hashes=self.hashes, counts=self.counts)
        both._add(other.hashes, other.counts)  # noqa: SLF001 - of its own class
        return both

    def _add(self, hashes: Hashes, counts: Integers) -> None:
        bound = None if self.exact else self.hashes[-1]
        if bound is None and hashes.size > self.size:
            bound = np.partition(hashes, self.size - 1)[self.size - 1]
        if bound is not None:
            near = hashes <= bound
            hashes, counts = hashes[near], counts[near]
        if not hashes.size:
            return
        order = np.argsort(hashes)
        hashes, counts = hashes[order], counts[order]
        starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
        fresh, total = hashes[starts], np.add.reduceat(counts, starts, dtype=np.int64)
        if not self.hashes.size:  # the first rows of one of many windows
            self.hashes, self.counts = fresh[: self.size], total[: self.size]
            return
        at = np.searchsorted(self.hashes, fresh)
        known = at < self.hashes.size
        known[known] = self.hashes[at[known]] == fresh[known]
        counts = self.counts.copy()
        counts[at[known]] += total[known]
        new = ~known
        self.hashes = np.insert(self.hashes, at[new], fresh[new])[: self.size]
        self.counts = np.insert(counts, at[new], total[new])[: self.size]

    def estimate(self) -> tuple[float, float, float]:
        """Number of distinct values with a 95 % interval; the interval has no width while exact."""
        found = float(self.hashes.size)
        if self.exact:
            return found, found, found
        value = (found - 1) / (float(self.hashes[-1]) / 2.0**64)
        error = 1.96 / math.sqrt(found - 2)
        return value, value / (1 + error), value / (1 - error)

    def repeated(self) -> tuple[int, int]:
        """Of the held values' rows: how many repeat an earlier one, and how many rows there are."""
        rows = int(self.counts.sum())
        return rows - self.hashes.size, rows
