"""What samples of rows share: how two are merged, each held row as often as it came, and its copies split at random."""

from typing import Protocol

import numpy as np

from driftline.arrays import Integers
from driftline.data import hashing
from driftline.data.hashing import Hashes

_FIRST_BIT = 33


class Counted(Protocol):
    """A sample of different rows: their hashes (k,), ascending, and how often each came (k,)."""

    hashes: Hashes
    counts: Integers


def merge_smallest(ours: Counted, theirs: Counted, size: int) -> tuple[Hashes, Integers, Integers]:
    """The `size` smallest hashes (k,) of two samples, with their counts (k,), and where each is among all of both (k,).

    >>> from types import SimpleNamespace
    >>> one = SimpleNamespace(hashes=np.array([1, 4], np.uint64), counts=np.array([1, 2]))
    >>> other = SimpleNamespace(hashes=np.array([4, 9], np.uint64), counts=np.array([3, 1]))
    >>> [found.tolist() for found in merge_smallest(one, other, 2)]
    [[1, 4], [1, 5], [0, 1]]
    """
    both = np.concatenate((ours.hashes, theirs.hashes))
    hashes, first, where = np.unique(both, return_index=True, return_inverse=True)
    counts = np.zeros(hashes.size, np.int64)
    np.add.at(counts, where, np.concatenate((ours.counts, theirs.counts)))
    return hashes[:size], counts[:size], first[:size]


def expand_places(counts: Integers, size: int) -> Integers:
    """Places (n,) of held rows (k,) as they come in the table: each as often as its count, `size` in all at most.

    >>> expand_places(np.array([2, 1]), 10).tolist()
    [0, 0, 1]
    """
    total = int(counts.sum())
    if total <= size:
        return np.repeat(np.arange(counts.size), counts)
    at = (np.arange(size) + 0.5) * (total / size)
    return np.searchsorted(np.cumsum(counts), at, side="right").astype(np.int64)


def draw_halves(hashes: Hashes, places: Integers, splits: int) -> Integers:
    """0 or 1 (splits, n) of each place, drawn by the row's hash and which of its copies it is."""
    copy = np.arange(places.size) - np.searchsorted(places, places)
    drawn = hashing.of_rows([hashes[places], copy.astype(np.float64)], places.size)
    bits = np.arange(_FIRST_BIT, _FIRST_BIT + splits, dtype=np.uint64)
    return ((drawn >> bits[:, None]) & np.uint64(1)).astype(np.int64)
