"""The loops of a fold that Numba compiles: one pass over numbers or labels, without sorting.

`driftline.profiles.loops.compiled` says when they are used: never without Numba, for as plain Python they are slow.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats, Integers

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Cells = npt.NDArray[np.uint32]
Starts = npt.NDArray[np.uint16]
F = TypeVar("F", bound=Callable[..., Any])

BLOCK = 4096  # numbers that are looked at several times while they are near: 32 KiB
BUCKETS = 2**15  # sign, exponent and three bits of the mantissa
_ZERO_BUCKET = 409  # 8 (1074 - 1023) + 1: from leading bits to the number of a bucket
_ABSOLUTE = np.uint64(2**63 - 1)
_NONE = np.uint64(0)
_ONE = np.uint64(1)
_SIGN = np.uint64(63)
_BUCKET = np.uint64(49)
_THREE = np.uint64(3)
_SEVEN = np.uint64(7)
_NO_VIEW = np.uint64(2**64 - 1)  # its length would be -1
_UPPER = np.uint64(32)
_LOWER = np.uint64(29)
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xBF58476D1CE4E5B9)
_LOW = np.uint64(2**32 - 1)


def _compiled(**options: Any) -> Callable[[F], F]:
    """The decorator that compiles a function with Numba, or leaves it as it is where there is no Numba."""
    if find_spec("numba") is None:
        return lambda function: function
    import numba  # noqa: PLC0415 - takes a third of a second: only where it pays

    return cast("Callable[[F], F]", numba.njit(cache=True, nogil=True, error_model="numpy", **options))


@_compiled()
def gather(numbers: Floats, valid: Bytes, offset: int, found: Floats) -> int:
    """Put the finite ones of numbers (n,) whose bit is set into `found` (n,), and return how many they are.

    Bit `offset` + i of `valid`, from the lowest of its first byte on, is that of number i; without `valid` all are set.
    -0.0 becomes 0.0.
    """
    at, n = _NONE, numbers.size
    first, last = 0, 0
    if valid.size:
        first = min(-offset & 7, n)
        last = first + (n - first) // 8 * 8
        for i in range(first):
            number, bit = numbers[i], i + offset
            found[at] = number + 0.0
            at += np.uint64((number - number == 0.0) & ((valid[bit >> 3] >> (bit & 7)) & 1))
        for start in range(first, last, 8):
            bits = valid[(start + offset) >> 3]
            if bits == 255:
                for i in range(start, start + 8):
                    number = numbers[i]
                    found[at] = number + 0.0
                    at += np.uint64(number - number == 0.0)
            else:
                for i in range(start, start + 8):
                    number = numbers[i]
                    found[at] = number + 0.0
                    at += np.uint64((number - number == 0.0) & ((bits >> (i - start)) & 1))
        for i in range(last, n):
            number, bit = numbers[i], i + offset
            found[at] = number + 0.0
            at += np.uint64((number - number == 0.0) & ((valid[bit >> 3] >> (bit & 7)) & 1))
    else:
        for i in range(n):
            number = numbers[i]
            found[at] = number + 0.0
            at += np.uint64(number - number == 0.0)
    return int(at)


@_compiled()
def count_odd(numbers: Floats, valid: Bytes, offset: int) -> tuple[int, int, int]:
    """How many of numbers (n,) whose bit is set are NaN, positive and negative infinite; bits as in `gather`."""
    nan = above = below = 0
    for i in range(numbers.size):
        number, bit = numbers[i], i + offset
        if number - number != 0.0 and (valid.size == 0 or (valid[bit >> 3] >> (bit & 7)) & 1):
            nan += number != number  # noqa: PLR0124 - true of NaN only
            above += number > 0.0
            below += number < 0.0
    return nan, above, below


@_compiled()
def snap(numbers: Floats, levels: Floats, lows: Floats, highs: Floats) -> None:
    """Make numbers (n,) equal to the last of the levels (k,) whose range from low to high they are in, if any."""
    for i in range(numbers.size):
        low, high = 0, levels.size
        while low < high:
            middle = (low + high) >> 1
            if lows[middle] <= numbers[i]:
                low = middle + 1
            else:
                high = middle
        if low > 0 and numbers[i] <= highs[low - 1]:
            numbers[i] = levels[low - 1]


@_compiled(fastmath={"reassoc", "nsz"})
def measure(block: Floats) -> tuple[float, float, float, float]:
    """The mean of numbers (n,) and the sums of the second to fourth powers of their deviations from it."""
    total = 0.0
    for i in range(block.size):
        total += block[i]
    mean = total / block.size
    m2 = m3 = m4 = 0.0
    for i in range(block.size):
        deviation = block[i] - mean
        square = deviation * deviation
        m2 += square
        m3 += square * deviation
        m4 += square * square
    return mean, m2, m3, m4


@_compiled(fastmath={"nnan", "nsz"})
def extremes(block: Floats) -> tuple[float, float]:
    """The smallest and the largest of finite numbers (n,)."""
    low = high = block[0]
    for i in range(block.size):
        low = min(low, block[i])
        high = max(high, block[i])
    return low, high


@_compiled()
def signs(block: Floats) -> tuple[int, int]:
    """How many numbers (n,) are 0, and how many are below."""
    zeros = negatives = 0
    for i in range(block.size):
        zeros += block[i] == 0.0
        negatives += block[i] < 0.0
    return zeros, negatives


@_compiled()
def place(bits: Words, starts: Starts, scale: Integers, cells: Words, places: Starts) -> None:
    """The cells (n,) of numbers, given by their bits, and how many edges (n,) are before those; as in `tally`."""
    flat, base, shift = scale[0], scale[1], np.uint64(scale[2])
    last = np.uint64(starts.size - 1)
    for i in range(bits.size):
        size = max(np.int64(bits[i] & _ABSOLUTE) - flat, 0) >> 1  # so that differences are no overflow
        sign = np.int64(bits[i]) >> 63  # 0, or -1 of what is below zero
        cells[i] = min(np.uint64(max((size ^ sign) - sign - base, 0)) >> shift, last)
    for i in range(bits.size):
        places[i] = starts[cells[i]]


@_compiled()
def search(block: Floats, edges: Floats, steps: int, places: Starts, gaps: Floats, signs: Words) -> None:
    """Raise places (n,) to the number of edges up to each number: by signs of differences, for branches cost more.

    `signs` are the bits of `gaps` (n,).
    """
    step = _ONE << np.uint64(steps)
    while step > _ONE:
        step >>= _ONE
        for i in range(block.size):
            gaps[i] = block[i] - edges[np.uint64(places[i]) + step]
        for i in range(block.size):
            places[i] += np.uint16(step) & (np.uint16(signs[i] >> _SIGN) - np.uint16(1))
    for i in range(block.size):
        gaps[i] = edges[np.uint64(places[i])] - block[i]


@_compiled()
def add(block: Floats, places: Starts, signs: Words, counts: Integers, sums: Floats) -> None:
    """Add numbers (n,) to the counts and sums (2k+1,) of the bins; `signs` say which are above their edge."""
    for i in range(block.size):
        number = np.uint64(places[i])
        at = number + number - (_ONE - (signs[i] >> _SIGN))
        counts[at] += 1
        sums[at] += block[i]


@_compiled()
def outside(numbers: Floats, low: float, high: float, found: Floats) -> int:
    """Put the numbers (n,) that are below `low` or above `high` into `found` (n,), and return how many they are."""
    at = _NONE
    for i in range(numbers.size):
        found[at] = numbers[i]
        at += np.uint64((numbers[i] < low) | (numbers[i] > high))
    return int(at)


@_compiled()
def count_buckets(bits: Words, cells: Cells) -> None:
    """Count the bits of numbers (n,) by their leading ones."""
    for i in range(bits.size):
        cells[bits[i] >> _BUCKET] += np.uint32(1)


@_compiled()
def empty_buckets(cells: Cells, buckets: Integers, counts: Integers) -> int:
    """Write filled buckets, ascending, from counts by leading bits (BUCKETS,), which become 0; returns how many.

    Buckets are as `Magnitudes` has them: what is too small to be normal is 0, as 0 is.
    """
    at, half = 0, cells.size // 2
    for cell in range(cells.size - 1, half + 7, -1):
        if cells[cell]:
            buckets[at], counts[at] = half - cell - _ZERO_BUCKET, cells[cell]
            cells[cell] = 0
            at += 1
    none = 0
    for cell in range(8):
        none += cells[cell] + cells[half + cell]
        cells[cell] = cells[half + cell] = 0
    if none:
        buckets[at], counts[at] = 0, none
        at += 1
    for cell in range(8, half):
        if cells[cell]:
            buckets[at], counts[at] = cell + _ZERO_BUCKET, cells[cell]
            cells[cell] = 0
            at += 1
    return at


@_compiled()
def tally(
    numbers: Floats, layout: tuple[Floats, Starts, Integers], totals: tuple[Integers, Floats, Cells, Floats]
) -> tuple[int, int]:
    """One pass over finite numbers (n,), block by block; returns how many are 0, and how many are below.

    `layout` is the k edges with -inf before them and inf behind; how many edges are before each cell; and the bits
    below which all is one cell, the key of the first cell, the bits of a cell, the steps of the search within one.
    `totals` are counts (2k+1,), sums (2k+1,) and counts by leading bits (BUCKETS,), which are added to; and facts (6,),
    which become mean, sums of the second to fourth powers of deviations, minimum and maximum.
    """
    edges, starts, scale = layout
    counts, sums, cells, facts = totals
    words = numbers.view(np.uint64)
    part, places, gaps = np.zeros(sums.size), np.empty(BLOCK, np.uint16), np.empty(BLOCK)
    signs_of_gaps = gaps.view(np.uint64)
    n, mean, m2, m3, m4 = 0.0, 0.0, 0.0, 0.0, 0.0
    low, high, zeros, negatives = np.inf, -np.inf, 0, 0
    for start in range(0, numbers.size, BLOCK):
        block, bits = numbers[start : start + BLOCK], words[start : start + BLOCK]
        place(bits, starts, scale, signs_of_gaps, places)
        search(block, edges, scale[3], places, gaps, signs_of_gaps)
        add(block, places, signs_of_gaps, counts, part)
        for at in range(part.size):
            sums[at] += part[at]
            part[at] = 0.0
        count_buckets(bits, cells)
        none, below = signs(block)
        zeros += none
        negatives += below
        least, most = extremes(block)
        low, high = min(low, least), max(high, most)
        own, s2, s3, s4 = measure(block)
        a, b = n, float(block.size)
        n = a + b
        gap = own - mean
        step = gap / n
        m4 += (
            s4 + gap * step**3 * a * b * (a * a - a * b + b * b)
            + 6 * step**2 * (a * a * s2 + b * b * m2) + 4 * step * (a * s3 - b * m3)
        )  # fmt: skip
        m3 += s3 + gap * step**2 * a * b * (a - b) + 3 * step * (a * s2 - b * m2)
        m2 += s2 + gap * step * a * b
        mean += step * b
    facts[0], facts[1], facts[2], facts[3], facts[4], facts[5] = mean, m2, m3, m4, low, high
    return zeros, negatives


@_compiled()
def smallest(numbers: Floats, size: int, bound: np.uint64, hashes: Words, counts: Integers) -> tuple[int, np.uint64]:
    """Count the numbers (n,) by hash: those among the `size` smallest hashes up to `bound`, and some more.

    `hashes` and `counts` (slots,), a power of two and more than 4 `size`, are a table with linear probing: count 0 is
    an empty slot. Returns how many slots are filled, and the bound up to which hashes are counted in full.
    """
    words = numbers.view(np.uint64)
    mask = np.uint64(hashes.size - 1)
    filled = 0
    for i in range(words.size):
        h = words[i]
        h ^= h >> _UPPER
        h *= _FIRST
        h ^= h >> _LOWER
        h *= _SECOND
        h ^= h >> _UPPER
        if h > bound:
            continue
        at = h & mask
        while counts[at] and hashes[at] != h:
            at = (at + np.uint64(1)) & mask
        if not counts[at]:
            hashes[at] = h
            filled += 1
        counts[at] += 1
        if filled > 2 * size:
            there = np.flatnonzero(counts)
            held, rows = hashes[there], counts[there]
            bound = np.sort(held)[size - 1]
            counts[:] = 0
            filled = 0
            for j in range(held.size):
                if held[j] <= bound:
                    at = held[j] & mask
                    while counts[at]:
                        at = (at + np.uint64(1)) & mask
                    hashes[at] = held[j]
                    counts[at] = rows[j]
                    filled += 1
    return filled, bound


@_compiled()
def find_bins(numbers: Floats, layout: tuple[Floats, Starts, Integers], bins: Integers) -> None:
    """Find the bin (n,) of each finite number (n,), as `tally` has them."""
    edges, starts, scale = layout
    words = numbers.view(np.uint64)
    places, gaps = np.empty(BLOCK, np.uint16), np.empty(BLOCK)
    signs_of_gaps = gaps.view(np.uint64)
    for start in range(0, numbers.size, BLOCK):
        block, own = numbers[start : start + BLOCK], bins[start : start + BLOCK]
        place(words[start : start + BLOCK], starts, scale, signs_of_gaps, places)
        search(block, edges, scale[3], places, gaps, signs_of_gaps)
        for i in range(block.size):
            own[i] = 2 * np.int64(places[i]) - np.int64(_ONE - (signs_of_gaps[i] >> _SIGN))


@_compiled(fastmath={"reassoc", "nsz"})
def mean_of(numbers: Floats) -> float:
    """The mean of numbers (n,)."""
    total = 0.0
    for i in range(numbers.size):
        total += numbers[i]
    return total / numbers.size


@_compiled(fastmath={"reassoc", "nsz"})
def comoment(ours: Floats, theirs: Floats) -> float:
    """The sum of products of numbers (n,) and numbers (n,)."""
    total = 0.0
    for i in range(ours.size):
        total += ours[i] * theirs[i]
    return total


@_compiled()
def correlate(target: Floats, prediction: Floats, center: float, scale: float, mean: Floats, comoments: Floats) -> None:
    """Find means (5,) and comoments (5, 5) of the terms of rows (n,), as `Regression` has them."""
    terms, own = np.empty((5, BLOCK)), np.empty(5)
    for start in range(0, target.size, BLOCK):
        size = min(BLOCK, target.size - start)
        for i in range(size):
            error, z = prediction[start + i] - target[start + i], (target[start + i] - center) / scale
            terms[0, i], terms[1, i], terms[2, i] = error, abs(error), error * error
            terms[3, i], terms[4, i] = z, z * z
        for term in range(5):
            row = terms[term, :size]
            own[term] = mean_of(row)
            for i in range(size):
                row[i] -= own[term]
            own[term] -= mean[term]
        weight = start * (size / (start + size))
        for a in range(5):
            for b in range(a + 1):
                comoments[a, b] += comoment(terms[a, :size], terms[b, :size]) + own[a] * own[b] * weight
        for term in range(5):
            mean[term] += own[term] * (size / (start + size))
    for a in range(5):
        for b in range(a):
            comoments[b, a] = comoments[a, b]


@_compiled()
def spread(numbers: Floats) -> tuple[float, float]:
    """The mean of numbers (n,) and the sum of squared deviations from it, block by block; zeros without any."""
    mean = m2 = 0.0
    for start in range(0, numbers.size, BLOCK):
        block = numbers[start : start + BLOCK]
        own, s2, _, _ = measure(block)
        gap, share = own - mean, block.size / (start + block.size)
        m2 += s2 + gap * gap * (start * share)
        mean += gap * share
    return mean, m2


@_compiled()
def relative_errors(target: Floats, prediction: Floats, found: Floats) -> int:
    """Put |error / target| of the rows (n,) whose target is not 0 into `found` (n,); returns how many they are."""
    at = 0
    for i in range(target.size):
        if target[i] != 0.0:
            found[at] = abs((prediction[i] - target[i]) / target[i])
            at += 1
    return at


@_compiled()
def scaled_errors(target: Floats, prediction: Floats, symmetric: Floats, logs: Floats) -> int:
    """The symmetric relative error (n,) and the squared log error of rows (n,), as `ScaledErrors` has them.

    Returns how many rows have the latter.
    """
    at = 0
    for i in range(target.size):
        p, t = prediction[i], target[i]
        size = max(abs(t), abs(p))
        if size == 0.0:
            symmetric[i] = 0.0
        else:
            symmetric[i] = 2 * abs(p / size - t / size) / (abs(p / size) + abs(t / size))
        if t > -1.0 and p > -1.0:
            gap = np.log1p(p) - np.log1p(t)
            logs[at] = gap * gap
            at += 1
    return at


@_compiled()
def count_views(views: Words, valid: Bytes, offset: int, keys: Words, counts: Integers, firsts: Integers) -> int:
    """Count the views (2n,), two words each, whose bit is set, bits as in `gather`; returns how many differ.

    `keys` (2 slots,), all ones, `counts` (slots,), all 0, and `firsts` (slots,), first rows, are a table with
    linear probing of a power of two slots. -1 where more than half of them were filled.
    """
    mask = np.uint64(counts.size - 1)
    filled, most = 0, counts.size // 2
    for i in range(views.size // 2):
        row = np.uint64(i)
        bit = row + np.uint64(offset)
        if valid.size and not (valid[bit >> _THREE] >> (bit & _SEVEN)) & 1:
            continue
        head, tail = views[row + row], views[row + row + _ONE]
        h = tail * _FIRST
        h = (head ^ h ^ (h >> _UPPER)) * _SECOND
        at = (h >> _UPPER) & mask
        while keys[at + at] != head or keys[at + at + _ONE] != tail:
            if keys[at + at] == _NO_VIEW:
                if filled == most:
                    return -1
                filled += 1
                keys[at + at], keys[at + at + _ONE], firsts[at] = head, tail, i
            else:
                at = (at + _ONE) & mask
        counts[at] += 1
    return filled
