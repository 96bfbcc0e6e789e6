"""An isolation forest as plain arrays: small enough for a plan, the same on any machine."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats, Integers

Narrow = npt.NDArray[np.float32]
_TREES = 100
_SAMPLE = 256  # rows of a tree
_DEPTH = 8
_AT_A_TIME = 8192  # rows: what is worked on stays near the processor


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees (t, 255) that ask of one column each whether its number is above a cut; `gains` (t, 255, 2) of each answer.

    Node k leads to 2k + 1 (at most the cut) and 2k + 2. Where a tree cannot split further, everything is at most the
    cut and gains nothing.
    """

    columns: Integers
    cuts: Narrow
    gains: Narrow

    def state(self) -> dict[str, Any]:
        """Plain values for the codec."""
        return {"columns": self.columns, "cuts": self.cuts, "gains": self.gains}

    def score(self, numbers: Floats) -> Floats:
        """How many splits fewer than on average each row (n,) of numbers (columns, n) is told apart by."""
        return np.concatenate([self._score(part) for part in _parts(numbers)])

    def split(self, numbers: Floats) -> Floats:
        """What each column adds (columns, n) to the score of each row."""
        return np.concatenate([self._split(part) for part in _parts(numbers)], axis=1)

    @cached_property
    def _sums(self) -> Floats:
        """The sum (t, 256) of all that is gained on the way to each leaf."""
        sums = np.zeros((len(self.columns), 1))
        for depth in range(_DEPTH):
            level = self.gains[:, 2**depth - 1 : 2 ** (depth + 1) - 1].astype(np.float64)
            sums = (sums[:, :, None] + level).reshape(len(sums), -1)
        return sums

    def _score(self, numbers: Floats) -> Floats:
        total = np.zeros(numbers.shape[1])
        for tree, sums in enumerate(self._sums):
            node = np.zeros(numbers.shape[1], np.int64)
            for _ in range(_DEPTH):
                node = 2 * node + 1 + self._above(tree, node, numbers)
            total += sums[node - (2**_DEPTH - 1)]
        return total / len(self.columns)

    def _split(self, numbers: Floats) -> Floats:
        total, rows = np.zeros(numbers.shape), np.arange(numbers.shape[1])
        for tree in range(len(self.columns)):
            node = np.zeros(numbers.shape[1], np.int64)
            for _ in range(_DEPTH):
                above = self._above(tree, node, numbers)
                total[self.columns[tree, node], rows] += self.gains[tree, node, above]
                node = 2 * node + 1 + above
        return total / len(self.columns)

    def _above(self, tree: int, node: Integers, numbers: Floats) -> Integers:
        """1 (n,) where the row's number is above the node's cut, else 0."""
        places = self.columns[tree].take(node) * numbers.shape[1]
        places += np.arange(numbers.shape[1])
        above: Integers = (numbers.take(places) > self.cuts[tree].take(node)).astype(np.int64)
        return above


def grow(numbers: Floats, seed: int = 0) -> Forest:
    """Trees that split 256 of the rows each at random, until rows stand alone or 8 splits are over.

    Args:
        numbers: (columns, n), finite.
        seed: of the draws.

    A row that is told apart by few splits is odd (Liu, Ting & Zhou 2008). Here each split gains the logarithm, to base
    2, of how many times fewer rows are left on the row's side, less the 1 of a split into halves. Summed along a row's
    path that is the splits that would halve the rows down to those of its leaf, less the splits that it took; so what a
    column adds is known. The forest's score is the mean over the trees.

    >>> random = np.random.default_rng(0)
    >>> forest = grow(random.normal(size=(2, 1000)))
    >>> forest.score(np.array([[0.0, 6.0], [0.0, 0.0]])).round(1).tolist()
    [-4.5, 1.2]
    """
    random = np.random.default_rng(seed)
    nodes = 2**_DEPTH - 1
    columns, cuts = np.zeros((_TREES, nodes), np.int64), np.full((_TREES, nodes), np.inf, np.float32)
    gains = np.zeros((_TREES, nodes, 2), np.float32)
    for tree in range(_TREES):
        chosen = random.choice(numbers.shape[1], min(_SAMPLE, numbers.shape[1]), replace=False)
        waiting = [(0, numbers[:, np.sort(chosen)].astype(np.float32))]
        while waiting:
            node, part = waiting.pop()
            low, high = part.min(axis=1), part.max(axis=1)
            varied = np.flatnonzero(high > low)
            if node >= nodes or not varied.size:
                continue
            column = int(random.choice(varied))
            cut = np.float32(random.uniform(low[column], high[column]))
            cut = min(cut, np.nextafter(high[column], low[column]))  # so that the highest is above it
            above = part[column] > cut
            columns[tree, node], cuts[tree, node] = column, cut
            sizes = np.array([part.shape[1] - above.sum(), above.sum()])
            gains[tree, node] = np.log2(part.shape[1] / sizes) - 1
            waiting += [(2 * node + 1, part[:, ~above]), (2 * node + 2, part[:, above])]
    return Forest(columns, cuts, gains)


def _parts(numbers: Floats) -> list[Floats]:
    starts = range(0, max(numbers.shape[1], 1), _AT_A_TIME)
    return [np.ascontiguousarray(numbers[:, at : at + _AT_A_TIME]) for at in starts]
