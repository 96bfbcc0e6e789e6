"""Gradient-boosted oblivious trees on coded columns, as plain arrays: small enough for a plan, quick to apply."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats, Integers

Bytes = npt.NDArray[np.uint8]
_TREES = 64
_DEPTH = 7
_RATE = 0.3
_SHRINK = 5.0  # rows of mean 0 that each leaf counts as well
_ROW = 2.0**36  # what a row counts beside its number, so that one sum tells both: the numbers' is less than half of it


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees (t, depth) that ask of one column each whether its code is above a cut; values (k, t, 2^depth) of leaves.

    All nodes of a level ask the same (Kohavi, 1994; Prokhorenkova et al., 2018). A leaf has a value of each target.
    """

    columns: Integers
    above: Integers
    values: Floats

    def predict(self, codes: Integers) -> Floats:
        """The sums (k, n), by target, of the leaves that rows with these codes (columns, n) fall in."""
        total, own = np.zeros((len(self.values), codes.shape[1])), np.empty(codes.shape[1])
        narrow = codes.astype(np.uint8)
        for tree, (columns, cuts) in enumerate(zip(self.columns.tolist(), self.above.tolist(), strict=True)):
            leaf = _leaves(narrow, columns, cuts).astype(np.intp)
            for target, values in enumerate(self.values[:, tree]):
                values.take(leaf, out=own, mode="clip")  # all are there, but to clip is faster
                total[target] += own
        return total


def boost(codes: Integers, targets: Floats) -> Trees:
    """Fit trees to targets (k, n), by codes (columns, n) of 0 to 255, for least squares of the first (Friedman, 2001).

    The leaves hold what rows of like codes have of each target.

    >>> codes = np.repeat([[0, 1, 2, 3]], 100, axis=1).reshape(1, -1)
    >>> trees = boost(codes, np.array([codes[0] > 1, 10.0 * codes[0]]))
    >>> trees.predict(np.array([[0, 3]])).round(1).tolist()
    [[0.0, 1.0], [5.0, 25.0]]
    """
    narrow, means = codes.astype(np.uint8), targets.mean(axis=1)
    rests = targets - means[:, None]
    columns, cuts = np.zeros((_TREES, _DEPTH), np.int64), np.zeros((_TREES, _DEPTH), np.int64)
    values = np.zeros((len(targets), _TREES, 2**_DEPTH))
    for tree in range(_TREES):
        columns[tree], cuts[tree] = _grow(codes, narrow, rests[0])
        leaf = _leaves(narrow, columns[tree].tolist(), cuts[tree].tolist()).astype(np.intp)
        rows = np.bincount(leaf, minlength=2**_DEPTH) + _SHRINK
        for target, rest in enumerate(rests):
            own = values[target, tree] = _RATE * np.bincount(leaf, rest, 2**_DEPTH) / rows
            rests[target] = rest - own.take(leaf, mode="clip")
    values[:, 0] += means[:, None]
    return Trees(columns, cuts, values)


def _grow(codes: Integers, narrow: Bytes, rest: Floats) -> tuple[list[int], list[int]]:
    """The columns and cuts of one tree, each next one where it explains the most of what is left (n,).

    Sums by leaf and code are kept, so that each cut reads only the rows on its smaller side and the others' sums are
    what these leave. They are sums of whole numbers, so exact: of what is left, scaled and rounded, and `_ROW` each.
    """
    size = int(codes.max(initial=0)) + 1
    scale = _ROW / 4 / max(rest.size, 2**16) / max(float(np.abs(rest).max(initial=0)), 1e-300)
    rows, leaf = np.rint(rest * scale) + _ROW, np.zeros(rest.size, np.uint8)
    sums = [_sum_up(own, rows, size, 1) for own in codes]
    columns: list[int] = []
    cuts: list[int] = []
    for level in range(_DEPTH):
        gains = [_gains(own) for own in sums]
        column = int(np.argmax([own.max() for own in gains]))
        cut = int(gains[column].argmax())
        columns.append(column)
        cuts.append(cut)
        if level + 1 == _DEPTH:
            break
        above = narrow[column] > cut
        fewer_above = 2 * np.count_nonzero(above) <= above.size
        few = np.flatnonzero(above if fewer_above else ~above)
        weights, place = rows.take(few), leaf.take(few).astype(np.int64)
        for at, whole in enumerate(sums):
            cells = codes[at].take(few)
            cells *= 2**level
            cells += place
            own = _sum_up(cells, weights, size, 2**level)
            sums[at] = np.concatenate((whole - own, own) if fewer_above else (own, whole - own), axis=1)
        leaf += above.view(np.uint8) * np.uint8(2**level)
    return columns, cuts


def _sum_up(cells: Integers, rows: Floats, size: int, leaves: int) -> Floats:
    """Sums (size, leaves) of the rows up to each code, by leaf."""
    found: Floats = np.bincount(cells, rows, size * leaves).reshape(size, leaves).cumsum(axis=0)
    return found


def _gains(below: Floats) -> Floats:
    """How much each cut (size,) explains, the same in each leaf, by the sums (size, leaves) up to it."""
    counts = below * (1 / _ROW)
    np.rint(counts, out=counts)
    sums = below - counts * _ROW
    above, more = sums[-1] - sums, counts[-1] + _SHRINK - counts
    counts += _SHRINK
    sums *= sums  # in place, for arrays of this size are slow to come by
    sums /= counts
    above *= above
    above /= more
    sums += above
    found: Floats = sums.sum(axis=1)
    return found


def _leaves(codes: Bytes, columns: list[int], cuts: list[int]) -> Bytes:
    """The leaf (n,) of each row; a byte holds it, for trees are at most eight deep."""
    leaf, above = np.zeros(codes.shape[1], np.uint8), np.empty(codes.shape[1], bool)
    for column, cut in zip(columns[::-1], cuts[::-1], strict=True):
        np.greater(codes[column], cut, out=above)
        np.add(leaf, leaf, out=leaf)  # NumPy adds bytes many at a time, but shifts them one by one
        np.add(leaf, above.view(np.uint8), out=leaf)
    return leaf
