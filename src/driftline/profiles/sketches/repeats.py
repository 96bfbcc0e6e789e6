"""Rows that are equal in all columns: counted exactly while rows are few, from a sample of them beyond."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Integers
from driftline.data.hashing import Hashes, count_different
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role

_SIZE = 4096
_HALF = np.uint64(32)


@dataclass(init=False, eq=False)
class Repeats(TableSketch):
    """The 4,096 smallest row hashes with their exact counts (bottom-k sketch; Cohen & Kaplan 2007).

    The upper half of a row's hash is of the plan's key columns alone, so that most rows are passed over before their
    other columns are looked at; equal rows are kept or passed over together.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("repeats", {"x": [*range(2000), 7]})
    >>> int(sketch.counts.max())
    2
    """

    hashes: Hashes
    counts: Integers
    OF_PARTS: ClassVar[bool] = False
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("hashes", "counts")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.hashes = np.empty(0, np.uint64)
        self.counts = np.empty(0, np.int64)

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables with a column of many different numbers: without, equal rows say nothing."""
        return bool(plan.keys)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        upper = rows.hashes(self.plan.keys) >> _HALF
        near = upper <= self._bound(upper)
        columns = [c for c in self.plan.columns if c.role is not Role.IGNORED and c.source is None]
        lower = rows.where(near, columns).hashes(columns) >> _HALF
        hashes, counts = np.unique((upper[near] << _HALF) | lower, return_counts=True)
        self._add_batch(self._like(hashes=hashes[:_SIZE], counts=counts[:_SIZE].astype(np.int64)))

    def merge(self, other: Self) -> Self:
        """The smallest hashes of both."""
        hashes, where = np.unique(np.concatenate((self.hashes, other.hashes)), return_inverse=True)
        counts = np.zeros(hashes.size, np.int64)
        np.add.at(counts, where, np.concatenate((self.counts, other.counts)))
        return self._like(hashes=hashes[:_SIZE], counts=counts[:_SIZE])

    @property
    def exact(self) -> bool:
        """Whether every row is held."""
        return self.hashes.size < _SIZE

    def _bound(self, upper: Hashes) -> np.uint64:
        """Upper half up to which rows can be among the smallest."""
        if not self.exact:
            return np.uint64(self.hashes[-1] >> _HALF)
        take = _SIZE + _SIZE // 4
        while take < upper.size:
            bound = np.partition(upper, take)[take]
            if count_different(upper[upper <= bound]) > _SIZE:
                return np.uint64(bound)
            take *= 8
        return np.uint64(2**32)
