"""Counts of the plan's categories, and a bounded sample of the values that it does not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Integers
from driftline.data import hashing
from driftline.profiles.plan import LABELS, ColumnPlan
from driftline.profiles.privacy.labels import hidden_hash, hide_hash
from driftline.profiles.sketches.base import ColumnSketch
from driftline.profiles.values import ColumnValues

MOST_UNSEEN = 64
_LONGEST = 120


@dataclass(init=False, eq=False)
class Categories(ColumnSketch):
    """Counts (categories,) of known labels and the count of all others.

    Of the unknown labels the 64 with the smallest hash are kept by name with their exact counts, so any split of the
    rows ends in the same state. Names are cut to 120 characters.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("categories", ["a", "b", "a"], privacy={"show_values": "all"})
    >>> sketch.plan.categories, sketch.counts.tolist()
    (('a', 'b'), [2, 1])
    """

    counts: Integers
    unseen: int
    names: dict[int, list[str | int]]
    FIELDS: ClassVar[tuple[str, ...]] = ("counts", "unseen", "names")

    def __init__(self, plan: ColumnPlan) -> None:
        super().__init__(plan)
        self.counts = np.zeros(len(plan.categories), np.int64)
        self.unseen = 0
        self.names = {}

    @classmethod
    def suits(cls, plan: ColumnPlan) -> bool:
        """Columns of categories or truth values."""
        return plan.kind in LABELS

    def absorb(self, values: ColumnValues) -> None:
        """Fold in the distinct labels of a batch with their counts."""
        if values.known.size:
            self.counts += values.known
        if not values.labels:
            return
        self.unseen += int(values.counts.sum())
        hashes = hashing.of_labels(values.labels)
        found, first, where = np.unique(hashes, return_index=True, return_inverse=True)
        counts = np.zeros(found.size, np.int64)
        np.add.at(counts, where, values.counts)
        smallest = islice(zip(found.tolist(), first.tolist(), counts.tolist(), strict=True), MOST_UNSEEN)
        batch = {key: [values.labels[i][:_LONGEST], n] for key, i, n in smallest}
        self.names = _joined(self.names, batch)

    def private(self, *, final: bool, limits: Sequence[float] = ()) -> Self:
        """The names of labels that fewer rows have are left out; their hashes and counts stay."""
        del final, limits
        least = self.plan.min_count if self.plan.hides else 0
        names = {
            key: [label if int(count) >= least and not self.plan.redacted else hide_hash(key), count]
            for key, (label, count) in self.names.items()
        }
        return self._like(counts=self.counts, unseen=self.unseen, names=names)

    def merge(self, other: Self) -> Self:
        """Sum of both; of the unknown labels the smallest hashes of both."""
        return self._like(
            counts=self.counts + other.counts, unseen=self.unseen + other.unseen, names=_joined(self.names, other.names)
        )

    @property
    def unseen_labels(self) -> dict[str, int]:
        """Kept unknown labels with their counts, the most frequent first; without those that are kept as hashes."""
        least = self.plan.min_count if self.plan.hides else 0
        shown = [(str(label), int(count)) for label, count in self.names.values() if int(count) >= least]
        shown = [pair for pair in shown if hidden_hash(pair[0]) is None and not self.plan.redacted]
        return dict(sorted(shown, key=lambda pair: (-pair[1], pair[0])))


def _joined(a: dict[int, list[str | int]], b: dict[int, list[str | int]]) -> dict[int, list[str | int]]:
    both = {key: list(pair) for key, pair in a.items()}
    for key, (label, count) in b.items():
        known, n = both.get(key, [label, 0])
        both[key] = [label if hidden_hash(str(known)) is not None else known, int(n) + int(count)]
    return {key: both[key] for key in sorted(both)[:MOST_UNSEEN]}
