"""Gradient-boosted oblivious trees on coded columns, as plain arrays: small enough for a plan, quick to apply."""

from dataclasses import dataclass

import numpy as np

from driftline.arrays import Floats, Integers

_TREES = 150
_DEPTH = 6
_RATE = 0.15
_SHRINK = 20.0  # rows of mean 0 that each leaf counts as well


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
        total = np.zeros(codes.shape[1])
        for columns, cuts, values in zip(self.columns, self.above, self.values, strict=True):
            total += values[_leaves(codes, columns, cuts)]
        return total


def boost(codes: Integers, target: Floats) -> Trees:
    """Fit trees to a target (n,) of mean 0, by codes (columns, n) of 0 to 255, for least squares (Friedman, 2001).

    >>> codes = np.repeat([[0, 1, 2, 3]], 100, axis=1).reshape(1, -1)
    >>> boost(codes, np.where(codes[0] > 1, 1.0, -1.0)).predict(np.array([[0, 3]])).round(1).tolist()
    [-1.0, 1.0]
    """
    size, rest = int(codes.max(initial=0)) + 1, target.astype(np.float64)
    columns, cuts = np.zeros((_TREES, _DEPTH), np.int64), np.zeros((_TREES, _DEPTH), np.int64)
    values = np.zeros((_TREES, 2**_DEPTH))
    for tree in range(_TREES):
        leaf = np.zeros(target.size, np.int64)
        for level in range(_DEPTH):
            column, cut = _best(codes, leaf, rest, size, 2**level)
            columns[tree, level], cuts[tree, level] = column, cut
            leaf |= (codes[column] > cut).astype(np.int64) << level
        sums, counts = (np.bincount(leaf, weights=part, minlength=2**_DEPTH) for part in (rest, None))
        values[tree] = _RATE * sums / (counts + _SHRINK)
        rest = rest - values[tree][leaf]
    return Trees(columns, cuts, values)


def _best(codes: Integers, leaf: Integers, rest: Floats, size: int, leaves: int) -> tuple[int, int]:
    """The column and cut that explain the most, the same in each leaf."""
    best, place, offset = -1.0, (0, 0), leaf * size
    for at, code in enumerate(codes):
        cell = offset + code
        sums, counts = (
            np.cumsum(np.bincount(cell, weights=part, minlength=leaves * size).reshape(leaves, size), axis=1)
            for part in (rest, None)
        )
        above, more = sums[:, -1:] - sums, counts[:, -1:] - counts
        gains = (sums**2 / (counts + _SHRINK) + above**2 / (more + _SHRINK)).sum(axis=0)
        cut = int(gains.argmax())
        if gains[cut] > best:
            best, place = float(gains[cut]), (at, cut)
    return place


def _leaves(codes: Integers, columns: Integers, cuts: Integers) -> Integers:
    leaf = np.zeros(codes.shape[1], np.int64)
    for level, (column, cut) in enumerate(zip(columns.tolist(), cuts.tolist(), strict=True)):
        leaf |= (codes[column] > cut).astype(np.int64) << level
    return leaf
