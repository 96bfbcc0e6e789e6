"""A uniform sample of rows: numbers, codes of labels and vectors, for metrics that look at several columns at once."""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.data import hashing
from driftline.data.hashing import Hashes, count_different
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, NUMBERS, ColumnPlan, Plan
from driftline.profiles.rows.features import Singles, columns, read_codes
from driftline.profiles.sketches.base import TableSketch
from driftline.profiles.sketches.base_samples import expand_places, merge_smallest
from driftline.types import Kind, Role

LONGEST = 1024
_HALF = np.uint64(32)
_VECTOR = re.compile(r"(List|Array)\((U?Int\d|Float\d)")


@dataclass(init=False, eq=False)
class RowSample(TableSketch):
    """The different rows with the smallest hashes, `sample.rows` of them, with their exact counts (bottom-k).

    `numbers` (n, d) has the numeric features as robust standard deviations from the plan's median, then of each feature
    of labels the place of the category (the number of categories where it is new), NaN where there is no value.
    `vectors` has of each column of embeddings the components as float32 bytes; of more than 1,024 components, random
    sums of them. The upper half of a row's hash is of its numbers and labels, where fewer than three columns have many
    different numbers also of its texts and vectors; the lower half of what is held, so that rows equal in all of it are
    one. The same rows make the same sample in any order and partition (Cohen & Kaplan 2007).

    The sample is uniform over different rows. Where one row makes up much of a large table it is in or out as a whole.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("row_sample", {"x": [1.0, 2.0, 2.0]}, sample={"rows": 100})
    >>> sorted(sketch.counts.tolist())
    [1, 2]
    """

    hashes: Hashes
    counts: Integers
    numbers: Singles
    vectors: dict[str, list[bytes]]
    FIELDS: ClassVar[tuple[str, ...]] = ("hashes", "counts", "numbers", "vectors")
    OF_PARTS: ClassVar[bool] = False

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.hashes = np.empty(0, np.uint64)
        self.counts = np.empty(0, np.int64)
        self.numbers = np.empty((0, len(columns(plan))), np.float32)
        self.vectors = {column.name: [] for column in embeddings(plan)}

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables of which a sample of rows is kept (setting `sample: rows`)."""
        return plan.config.sample.rows > 0 and bool(columns(plan) or embeddings(plan))

    @classmethod
    def is_in_segments(cls, plan: Plan) -> bool:
        """Where a sample of each segment is kept, too (setting `sample: by_segment`)."""
        return plan.config.sample.by_segment

    @property
    def size(self) -> int:
        """The most rows that are held."""
        return self.plan.config.sample.rows

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        upper = self._drawn(rows) >> _HALF
        near = upper <= self._bound(upper)
        held = [*columns(self.plan), *embeddings(self.plan)]
        part = rows.where(near, held)
        numbers = read_codes(part, self.plan)
        vectors = {column.name: _vectors(part, column.name) for column in embeddings(self.plan)}
        content: list[Floats | Hashes] = [numbers[:, at].astype(np.float64) for at in range(numbers.shape[1])]
        content += [_of_bytes(found) for found in vectors.values()]
        lower = hashing.of_rows(content, part.height) >> _HALF
        hashes, first, counts = np.unique((upper[near] << _HALF) | lower, return_index=True, return_counts=True)
        kept = first[: self.size]
        fields = {name: [found[i] for i in kept.tolist()] for name, found in vectors.items()}
        counts = counts[: self.size].astype(np.int64)
        self._add_batch(self._like(hashes=hashes[: self.size], counts=counts, numbers=numbers[kept], vectors=fields))

    def merge(self, other: Self) -> Self:
        """The smallest hashes of both."""
        hashes, counts, kept = merge_smallest(self, other, self.size)
        numbers = np.concatenate((self.numbers, other.numbers))[kept]
        vectors = {name: [*found, *other.vectors[name]] for name, found in self.vectors.items()}
        vectors = {name: [found[i] for i in kept.tolist()] for name, found in vectors.items()}
        return self._like(hashes=hashes, counts=counts, numbers=numbers, vectors=vectors)

    @property
    def places(self) -> Integers:
        """Places of the held rows as they come in the table: each as often as its count, `size` in all at most."""
        return expand_places(self.counts, self.size)

    @property
    def halves(self) -> Integers:
        """0 or 1 of each place (n,), drawn by the hash: rows that are equal are in the same half, on any side."""
        return (self.hashes[self.places] & np.uint64(1)).astype(np.int64)

    def table(self) -> Floats:
        """The numbers (n, d) of each place."""
        return self.numbers[self.places].astype(np.float64)

    def cloud(self, name: str, length: int | None = None) -> tuple[Floats, Integers]:
        """The finite vectors (n, length) of a column with their halves (n,); by default of the most frequent length."""
        found = [self.vectors[name][i] for i in self.places.tolist()]
        sizes = np.array([len(one) // 4 for one in found], np.int64)
        if length is None:
            length = int(np.argmax(np.bincount(sizes[sizes > 0], minlength=1)))
        here = np.flatnonzero((sizes == length) & (length > 0))
        cloud = np.frombuffer(b"".join(found[i] for i in here.tolist()), "<f4").reshape(-1, max(length, 1))
        finite = np.isfinite(cloud).all(axis=1)
        return cloud[finite].astype(np.float64), self.halves[here[finite]]

    def _drawn(self, rows: Batch) -> Hashes:
        """The hash (rows,) by which rows are drawn."""
        plan, few = self.plan, len(self.plan.keys) < 3
        own = [c for c in plan.columns if c.role is not Role.IGNORED and c.source is None]
        lists = [c for c in own if few and _is_vector(c)]
        plain = [c for c in own if c.kind in NUMBERS or c.kind in LABELS or (few and not _is_vector(c))]
        prints = [one for c in lists for one in _prints(rows, c.name)]
        return hashing.of_rows([rows.hashes(plain), *prints], rows.height)

    def _bound(self, upper: Hashes) -> np.uint64:
        """Upper half up to which rows can be among the smallest."""
        if self.hashes.size == self.size:
            return np.uint64(self.hashes[-1] >> _HALF)
        take = self.size + self.size // 4
        while take < upper.size:
            bound = np.partition(upper, take)[take]
            if count_different(upper[upper <= bound]) > self.size:
                return np.uint64(bound)
            take *= 8
        return np.uint64(2**32)


def embeddings(plan: Plan) -> list[ColumnPlan]:
    """The columns whose vectors are held: features that are lists of numbers."""
    return [c for c in plan.columns if c.role is Role.FEATURE and _is_vector(c)]


def _is_vector(column: ColumnPlan) -> bool:
    return column.source is None and column.kind is Kind.TEXT and bool(_VECTOR.match(column.column.dtype))


def _lists(rows: Batch, name: str) -> pl.Series | None:
    """The column as lists of numbers, or None where it is none."""
    series = rows.column(name)
    if series is None:
        return None
    inner = getattr(series.dtype, "inner", None)
    if inner is None or not inner.is_numeric():
        return None
    return (series.arr.to_list() if isinstance(series.dtype, pl.Array) else series).cast(pl.List(pl.Float64))


def _prints(rows: Batch, name: str) -> list[Floats]:
    """Numbers (rows,) that hardly two different vectors share, exact on any machine."""
    lists = _lists(rows, name)
    if lists is None:
        return []
    of = lists.list
    found = [of.len(), of.max(), of.min(), of.arg_max(), *(of.get(at, null_on_oob=True) for at in range(4))]
    return [one.cast(pl.Float64).to_numpy() for one in found]


def _vectors(rows: Batch, name: str) -> list[bytes]:
    """Bytes of each row's vector; none where there is none."""
    lists = _lists(rows, name)
    if lists is None:
        return [b""] * rows.height
    return [b"" if one is None else _bytes(np.array(one, np.float64)) for one in lists.to_list()]


def _bytes(vector: Floats) -> bytes:
    with np.errstate(over="ignore", invalid="ignore"):
        if vector.size > LONGEST:
            drawn = hashing.of_numbers(np.arange(vector.size, dtype=np.float64))
            signs = 1.0 - 2.0 * (drawn & np.uint64(1)).astype(np.float64)
            vector = np.asarray(np.bincount((drawn >> np.uint64(54)).astype(np.int64), vector * signs, LONGEST), float)
        return np.where(np.isnan(vector), np.nan, vector).astype("<f4").tobytes()


def _of_bytes(found: list[bytes]) -> Hashes:
    return hashing.of_labels([one.decode("latin-1") for one in found])  # one letter for each byte
