"""Sorted edges, searched for many numbers at once: by a table over equal steps where NumPy's own search is slow."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from driftline.arrays import Floats, Integers

_MANY = 2_000  # numbers: for fewer, NumPy's search is as fast
_FEWEST = 4  # edges, as well
_CELLS = 4096
_MOST = 15  # edges of one cell
_WIDE = 64  # times as wide as the median gap: what is beyond such a gap is searched apart


@dataclass(frozen=True)
class _Table:
    """Of the edges `first` to `last`: how many are before each cell, cells per unit, steps of a search in a cell."""

    first: int
    last: int
    starts: Integers
    scale: float
    steps: tuple[int, ...]


class Edges:
    """Edges (k,), sorted and finite; `padded` has NaN after them."""

    def __init__(self, edges: Floats) -> None:
        self._edges = edges
        self.padded = np.append(edges, np.full(_MOST, np.nan))

    def find(self, numbers: Floats) -> Integers:
        """How many edges (n,) are below each number (n,); of NaN all. As `np.searchsorted`, but for the time it takes.

        >>> Edges(np.array([1.0, 2.0])).find(np.array([0.5, 1.0, 1.5, 9.0, np.nan])).tolist()
        [0, 0, 1, 2, 2]
        """
        table = self._table if numbers.size >= _MANY else None
        if table is None:
            return np.searchsorted(self._edges, numbers, "left")
        low, high = self._edges[table.first], self._edges[table.last]
        apart = np.flatnonzero(~((numbers >= low) & (numbers <= high)))
        with np.errstate(over="ignore", invalid="ignore"):
            cells = (numbers - low) * table.scale
        cells[apart] = 0
        left: Integers = table.starts[cells.astype(np.int32)]
        for step in table.steps:
            left += step * (self.padded[left + (step - 1)] < numbers)
        left[apart] = np.searchsorted(self._edges, numbers[apart], "left")
        return left

    @cached_property
    def _table(self) -> _Table | None:
        """The table; None where the edges are few, or lie too uneven.

        A number of a higher cell is above every edge of the lower ones, for rounding keeps the order.
        """
        if self._edges.size < _FEWEST:
            return None
        with np.errstate(over="ignore"):
            gaps = np.diff(self._edges)
        ends = np.concatenate(([-1], np.flatnonzero(gaps > _WIDE * np.median(gaps)), [gaps.size]))
        longest = int(np.argmax(np.diff(ends)))
        first, last = int(ends[longest]) + 1, int(ends[longest + 1])
        inner = self._edges[first : last + 1]
        with np.errstate(over="ignore", divide="ignore"):
            scale = float((_CELLS - 1) / (inner[-1] - inner[0]))
        if not 0 < scale < np.inf:
            return None
        held = np.bincount(((inner - inner[0]) * scale).astype(np.int64), minlength=_CELLS + 1)
        steps = tuple(2**step for step in reversed(range(int(held.max()).bit_length())))
        return _Table(first, last, first + np.cumsum(held) - held, scale, steps) if sum(steps) <= _MOST else None
