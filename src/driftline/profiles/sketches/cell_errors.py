"""How wrong the model is in each value, range and pair of them: what weak segments are found in."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.config.detectors import ERROR
from driftline.data.hashing import Hashes
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, NUMBERS, Plan
from driftline.profiles.rows.losses import find_obstacle, measure_rows
from driftline.profiles.segments.cells import CODES, code_columns
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task

_CELLS = CODES * CODES
_BLOCK = 65_536  # rows at a time: what is computed with them stays in the processor's cache
_HALF = np.uint64(20)  # the bit of a row's hash that says in which half it is


@dataclass(init=False, eq=False)
class CellErrors(TableSketch):
    """Rows (2, pairs, 100) of each pair of columns, sums and sums of squares of errors, in two halves of the rows.

    A column is cut into eight values or ranges, others and none; a cell is one of each of two columns, at 10 a + b.
    Errors are |prediction - target| of a regression, and 1 where a classifier is wrong, of rows with a label and an
    answer. The half is drawn by a hash of the row, so equal rows are in the same half wherever they are folded.
    With one column its cells are those of the pair with itself.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [0, 1] * 20, "prediction": [0] * 40, "city": ["Bonn", "Ulm"] * 20}
    >>> sketch = fold_into("cell_errors", rows, weak_segments={"search": True})
    >>> int(sketch.counts.sum()), float(sketch.sums.sum())
    (40, 20.0)
    """

    counts: Integers
    sums: Floats
    squares: Floats
    OF_PARTS: ClassVar[bool] = False
    FIELDS: ClassVar[tuple[str, ...]] = ("counts", "sums", "squares")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        shape = (2, len(list_pairs(len(code_columns(plan)))), _CELLS)
        self.counts = np.zeros(shape, np.int64)
        self.sums, self.squares = np.zeros(shape), np.zeros(shape)

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables of a model with labels in which weak segments are looked for (setting `weak_segments`)."""
        return plan.config.weak_segments.search and not find_obstacle(plan, ERROR) and bool(code_columns(plan))

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows without a label or an answer do not count."""
        errors = measure_rows(rows, self.plan, ERROR)
        known = np.flatnonzero(np.isfinite(errors))
        if not known.size:
            return
        errors = errors[known]
        half = ((self._hashes(rows)[known] >> _HALF) & np.uint64(1)).astype(np.int64) * _CELLS
        codes = [coding.codes(rows)[known] for coding in code_columns(self.plan)]
        first = [half + CODES * code for code in codes]
        counts, sums, squares = (np.zeros((len(list_pairs(len(codes))), 2 * _CELLS)) for _ in range(3))
        is_share = self.plan.task is not Task.REGRESSION  # errors are 0 or 1, so are their squares
        for start in range(0, errors.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            error = errors[block]
            square = error if is_share else error * error
            for at, (a, b) in enumerate(list_pairs(len(codes))):
                cells = first[a][block] + codes[b][block]
                counts[at] += np.bincount(cells, minlength=2 * _CELLS)
                sums[at] += np.bincount(cells, error, 2 * _CELLS)
                if not is_share:
                    squares[at] += np.bincount(cells, square, 2 * _CELLS)
        by_half = [
            part.reshape(-1, 2, _CELLS).transpose(1, 0, 2) for part in (counts, sums, sums if is_share else squares)
        ]
        self._add_batch(
            self._like(counts=by_half[0].astype(np.int64), sums=by_half[1].copy(), squares=by_half[2].copy())
        )

    def _hashes(self, rows: Batch) -> Hashes:
        own = [c for c in self.plan.columns if c.role is not Role.IGNORED and c.source is None]
        return rows.hashes(self.plan.keys or [c for c in own if c.kind in NUMBERS or c.kind in LABELS])

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(
            counts=self.counts + other.counts, sums=self.sums + other.sums, squares=self.squares + other.squares
        )

    def private(self, *, final: bool, limits: Sequence[float] = ()) -> Self:
        """Once no more rows are merged, cells of fewer rows than are kept of a value are empty; none is ever shown."""
        del limits
        least = self.plan.config.privacy.fewest
        if not final or least < 2:
            return self
        kept = self.counts >= least
        return self._like(counts=self.counts * kept, sums=self.sums * kept, squares=self.squares * kept)


def list_pairs(columns: int) -> list[tuple[int, int]]:
    """The pairs of so many columns; of one column it and itself.

    >>> list_pairs(3), list_pairs(1)
    ([(0, 1), (0, 2), (1, 2)], [(0, 0)])
    """
    return list(combinations(range(columns), 2)) if columns > 1 else [(0, 0)] * columns
