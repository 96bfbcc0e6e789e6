"""Gradient-boosted oblivious trees on coded columns, as plain arrays: small enough for a plan, quick to apply."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats, Integers

Bytes = npt.NDArray[np.uint8]
_TREES = 150
_DEPTH = 6
_RATE = 0.15
_ASKED = 0.7  # share of the columns that each tree may ask, drawn at random: trees that differ err less together
_SHRINK = 20.0  # rows of mean 0 that each leaf counts as well
_ROW = 2.0**36  # what a row counts beside its number, so that one sum tells both: the numbers' is less than half of it


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees (t, depth) that ask of one column each whether its code is above a cut, and values (t, 2^depth) of leaves.

    All nodes of a level ask the same (Kohavi, 1994; Prokhorenkova et al., 2018).
    """

    columns: Integers
    above: Integers
    values: Floats

    def predict(self, codes: Integers) -> Floats:
        """The sum (n,) of the leaves that rows with these codes (columns, n) fall in."""
        total, own, narrow = np.zeros(codes.shape[1]), np.empty(codes.shape[1]), _narrow(codes)
        for columns, cuts, values in zip(self.columns, self.above, self.values, strict=True):
            values.take(_leaves(narrow, columns, cuts), out=own, mode="clip")  # all are there, but to clip is faster
            total += own
        return total


def boost(codes: Integers, target: Floats) -> Trees:
    """Fit trees to a target (n,) of mean 0, by codes (columns, n) of 0 to 255, for least squares (Friedman, 2001).

    Each tree may ask 70 % of the columns (Ho, 1998), always the same ones for as many columns.

    >>> codes = np.repeat([[0, 1, 2, 3]], 100, axis=1).reshape(1, -1)
    >>> boost(codes, np.where(codes[0] > 1, 1.0, -1.0)).predict(np.array([[0, 3]])).round(1).tolist()
    [-1.0, 1.0]
    """
    size, rest, narrow = int(codes.max(initial=0)) + 1, target.astype(np.float64), _narrow(codes)
    steps = _ROW / 4 / max(target.size, 2**16)
    columns, cuts = np.zeros((_TREES, _DEPTH), np.int64), np.zeros((_TREES, _DEPTH), np.int64)
    values, random = np.zeros((_TREES, 2**_DEPTH)), np.random.default_rng(0)
    for tree in range(_TREES):
        asked = np.sort(random.permutation(len(codes))[: math.ceil(_ASKED * len(codes))]).tolist()
        leaf, scale = np.zeros(target.size, np.int64), steps / max(float(np.abs(rest).max(initial=0)), 1e-300)
        rows = np.rint(rest * scale) + _ROW
        for level in range(_DEPTH):
            column, cut = _best(codes, asked, leaf, rows, scale, size, 2**level)
            columns[tree, level], cuts[tree, level] = column, cut
            leaf |= (narrow[column] > cut).astype(np.int64) << level
        sums, counts = (np.bincount(leaf, weights=part, minlength=2**_DEPTH) for part in (rest, None))
        values[tree] = _RATE * sums / (counts + _SHRINK)
        rest = rest - values[tree][leaf]
    return Trees(columns, cuts, values)


def _best(  # noqa: PLR0913, PLR0917 - each is a fact of its own
    codes: Integers, asked: list[int], leaf: Integers, rows: Floats, scale: float, size: int, leaves: int
) -> tuple[int, int]:
    """The column, among those that are asked, and cut that explain the most, the same in each leaf.

    `rows` (n,) are whole: `scale` times the number of each row, rounded, plus `_ROW`; so their sums are exact.
    """
    best, place, offset = -1.0, (0, 0), leaf * size
    cell = np.empty_like(offset)
    for at in asked:
        np.add(offset, codes[at], out=cell)
        below = np.cumsum(np.bincount(cell, weights=rows, minlength=leaves * size).reshape(leaves, size), axis=1)
        counts = np.rint(below / _ROW)
        sums = (below - counts * _ROW) / scale
        above, more = sums[:, -1:] - sums, counts[:, -1:] - counts
        gains = (sums**2 / (counts + _SHRINK) + above**2 / (more + _SHRINK)).sum(axis=0)
        cut = int(gains.argmax())
        if gains[cut] > best:
            best, place = float(gains[cut]), (at, cut)
    return place


def _narrow(codes: Integers) -> Bytes:
    """Codes of 0 to 255 as bytes: compared many at a time."""
    return codes.astype(np.uint8)


def _leaves(codes: Bytes, columns: Integers, cuts: Integers) -> Bytes:
    """The leaf (n,) of each row; a byte holds it, for trees are at most eight deep."""
    leaf, above = np.zeros(codes.shape[1], np.uint8), np.empty(codes.shape[1], bool)
    for column, cut in zip(columns.tolist()[::-1], cuts.tolist()[::-1], strict=True):
        np.greater(codes[column], cut, out=above)
        np.add(leaf, leaf, out=leaf)  # NumPy adds bytes many at a time, but shifts them one by one
        np.add(leaf, above.view(np.uint8), out=leaf)
    return leaf
