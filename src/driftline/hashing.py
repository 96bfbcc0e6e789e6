"""Stable 64-bit hashes: the same value has the same hash on every machine, version and engine."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xxhash

Hashes = npt.NDArray[np.uint64]
_BLOCK = 16_384


def of_numbers(numbers: npt.NDArray[np.float64]) -> Hashes:
    """Hash (n,) of each float64; -0.0 hashes like 0.0. The mixing is SplitMix64's (Steele, Lea & Flood 2014).

    >>> len(set(of_numbers(np.arange(1000.0)).tolist()))
    1000
    """
    h = (numbers + 0.0).view(np.uint64)
    shifted = np.empty_like(h)
    h += np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        h ^= np.right_shift(h, np.uint64(shift), out=shifted)
        h *= np.uint64(factor)
    return h


def of_rows(columns: Sequence[npt.NDArray[np.float64] | Hashes], height: int) -> Hashes:
    """Hash (height,) of each row of columns (height,), numbers or hashes, in their order; all NaN are alike.

    >>> of_rows([np.array([1.0, 2.0, 1.0]), of_labels(["a", "a", "a"])], 3).tolist().count(of_rows([], 1)[0])
    0
    """
    total, shifted = np.zeros(height, np.uint64), np.empty(_BLOCK, np.uint64)
    for start in range(0, height, _BLOCK):  # blocks stay in the processor's cache
        part = total[start : start + _BLOCK]
        over = shifted[: part.size]
        for column in columns:
            part ^= _bits(column[start : start + _BLOCK])
            for shift, factor in ((32, 0x9E3779B97F4A7C15), (29, 0xBF58476D1CE4E5B9)):
                part ^= np.right_shift(part, np.uint64(shift), out=over)
                part *= np.uint64(factor)
        part ^= np.right_shift(part, np.uint64(32), out=over)
    return total


def _bits(values: npt.NDArray[np.float64] | Hashes) -> Hashes:
    """The bits (n,) of numbers, one form for 0 and one for NaN; hashes are as they are."""
    if values.dtype == np.uint64:
        return values.view(np.uint64)
    proper = values + 0.0
    np.putmask(proper, np.isnan(proper), np.nan)
    return proper.view(np.uint64)


def of_labels(labels: list[str]) -> Hashes:
    """Hash (n,) of each text: xxHash3 of its UTF-8 bytes."""
    digest = xxhash.xxh3_64_intdigest
    return np.fromiter((digest(label.encode()) for label in labels), np.uint64, len(labels))
