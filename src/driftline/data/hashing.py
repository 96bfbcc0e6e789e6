"""Stable 64-bit hashes: the same value has the same hash on every machine, version and engine."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xxhash

Hashes = npt.NDArray[np.uint64]
_ROUNDS = ((32, 0x9E3779B97F4A7C15), (29, 0xBF58476D1CE4E5B9))


def of_numbers(numbers: npt.NDArray[np.float64]) -> Hashes:
    """Hash (n,) of each float64, different for different numbers; -0.0 hashes like 0.0.

    Mixed like SplitMix64 (Steele, Lea & Flood 2014), but that the upper half is final a step early, for `upto`.

    >>> len(set(of_numbers(np.arange(1000.0)).tolist()))
    1000
    """
    h = _upper(numbers)
    h ^= h >> np.uint64(32)
    return h


def upto(bound: np.uint64, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Places, ascending, of the numbers (n,) whose hash is at most the bound, or above it by its lower half alone.

    >>> upto(np.uint64(2**64 - 1), np.arange(3.0)).tolist()
    [0, 1, 2]
    """
    return np.flatnonzero(_upper(numbers) <= (bound | np.uint64(2**32 - 1)))


def _upper(numbers: npt.NDArray[np.float64]) -> Hashes:
    """Hashes (n,) of numbers, of which the upper half is final."""
    h = (numbers + 0.0).view(np.uint64)
    shifted = np.empty_like(h)
    for shift, factor in _ROUNDS:
        h ^= np.right_shift(h, np.uint64(shift), out=shifted)
        h *= np.uint64(factor)
    return h


def of_rows(columns: Sequence[npt.NDArray[np.float64] | Hashes], height: int) -> Hashes:
    """Hash (height,) of each row of columns (height,), numbers or hashes, in their order; all NaN are alike.

    >>> of_rows([np.array([1.0, 2.0, 1.0]), of_labels(["a", "a", "a"])], 3).tolist().count(of_rows([], 1)[0])
    0
    """
    total, shifted = np.zeros(height, np.uint64), np.empty(height, np.uint64)
    for column in columns:
        total ^= _bits(column)
        for shift, factor in _ROUNDS:
            total ^= np.right_shift(total, np.uint64(shift), out=shifted)
            total *= np.uint64(factor)
    total ^= np.right_shift(total, np.uint64(32), out=shifted)
    return total


def _bits(values: npt.NDArray[np.float64] | Hashes) -> Hashes:
    """The bits (n,) of numbers, one form for 0 and one for NaN; hashes are as they are."""
    if values.dtype == np.uint64:
        return values.view(np.uint64)
    proper = values + 0.0
    np.putmask(proper, np.isnan(proper), np.nan)
    return proper.view(np.uint64)


def count_different(hashes: Hashes) -> int:
    """How many different hashes there are, by sorting them: NumPy's own way is ten times slower.

    >>> count_different(np.array([3, 1, 3], np.uint64))
    2
    """
    ordered = np.sort(hashes)
    return min(ordered.size, 1) + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def of_labels(labels: list[str]) -> Hashes:
    """Hash (n,) of each text: xxHash3 of its UTF-8 bytes."""
    digest = xxhash.xxh3_64_intdigest
    return np.fromiter((digest(label.encode()) for label in labels), np.uint64, len(labels))
