"""Stable 64-bit hashes: the same value has the same hash on every machine, version and engine."""

import numpy as np
import numpy.typing as npt
import xxhash

Hashes = npt.NDArray[np.uint64]


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


def of_labels(labels: list[str]) -> Hashes:
    """Hash (n,) of each text: xxHash3 of its UTF-8 bytes."""
    digest = xxhash.xxh3_64_intdigest
    return np.fromiter((digest(label.encode()) for label in labels), np.uint64, len(labels))
