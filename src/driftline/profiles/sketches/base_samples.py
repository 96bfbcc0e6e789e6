"""What samples of rows share: each held row as often as it came, and how its copies are split at random."""

import numpy as np

from driftline.arrays import Integers
from driftline.data import hashing
from driftline.data.hashing import Hashes

_FIRST_BIT = 33


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
