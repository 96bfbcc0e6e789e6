"""Numbers that few rows have are kept and shown rounded: a little near the middle, to two digits far out."""

import math
import sys
from bisect import bisect_right
from functools import lru_cache

import numpy as np

from driftline.arrays import Floats

_STEPS = 300  # to the spread at least: so distances between distributions are hardly moved
_NEAR = 4  # spreads from the middle, at least, within which numbers are rounded no further
_ROOM = 1e-6  # of a step, for what decimal fractions lose in binary
_LEAST = 1e-300  # of the spread: below, a step could not be told from 0
_EXACT = range(-12, 23)  # exponents of ten whose multiples a float64 holds as they are meant
_FIRST = -323  # the exponent of the smallest power of ten
_POWERS = 10.0 ** np.arange(_FIRST, 309)
_TENS: list[float] = _POWERS.tolist()


def coarse(numbers: Floats, center: float, scale: float, way: int = 0) -> Floats:
    """Numbers (n,) rounded to the nearest (`way` 0), down (-1) or up (+1).

    The step is a power of ten: at most a 300th of `scale` near `center`, and beyond four of `scale` or somewhat more
    two digits of the distance from a round number there. Rounding twice gives the same as once, and keeps the order.

    >>> coarse(np.array([987_654.0, 51_234.5, 37.0]), 50_000.0, 15_000.0).tolist()
    [990000.0, 51230.0, 40.0]
    >>> coarse(np.array([0.1234]), 0.0, 1.0, 1).tolist()
    [0.124]
    """
    if scale < _LEAST:
        return numbers
    finest, origin, near = _grid(center, scale)
    with np.errstate(all="ignore"):
        away = numbers - origin
        distance = np.abs(away)
        furthest = min(float(np.fmax.reduce(distance, initial=scale)), np.finfo(np.float64).max)
        powers = _POWERS[finest - _FIRST : math.floor(math.log10(furthest)) + 1 - _FIRST]
        steps = powers[np.searchsorted(powers[2:], distance, "right")]
        steps = np.where(distance < near, powers[0], steps)
        ratios = away / steps
        if way:
            room = _ROOM + 4 * np.spacing(np.abs(numbers)) / steps
            counts = np.ceil(ratios - room) if way > 0 else np.floor(ratios + room)
        else:
            counts = np.rint(ratios)
        rounded = _whole(origin + counts * steps, finest)
        ahead = (rounded - numbers) * way < 0  # what was lost in binary
    proper: Floats = np.where(np.isfinite(rounded) & ~ahead, rounded, numbers)
    return proper


def coarse_one(number: float, center: float, scale: float, way: int = 0) -> float:
    """The same of one number, which is much faster.

    >>> coarse_one(51_234.5, 50_000.0, 15_000.0), coarse_one(0.1234, 0.0, 1.0, 1)
    (51230.0, 0.124)
    """
    if scale < _LEAST or not math.isfinite(number):
        return number
    finest, origin, near = _grid(center, scale)
    away, first = number - origin, finest - _FIRST
    distance = abs(away)
    at = first if distance < near else max(bisect_right(_TENS, distance, first + 2) - 2, first)
    ratio = away / _TENS[at]
    if not math.isfinite(ratio) or abs(number) == sys.float_info.max:  # next to which NumPy knows no number
        return number
    room = _ROOM + 4 * math.ulp(number) / _TENS[at]
    count = round(ratio) if not way else math.ceil(ratio - room) if way > 0 else math.floor(ratio + room)
    rounded = _whole_one(origin + float(count) * _TENS[at], finest)
    return rounded if math.isfinite(rounded) and not (rounded - number) * way < 0 else number


@lru_cache(maxsize=10_000)
def _grid(center: float, scale: float) -> tuple[int, float, float]:
    """The exponent of the finest step, a round number near the center, and how far from it that step is taken."""
    finest = math.floor(math.log10(scale / _STEPS))
    origin = _whole_one(float(center), min(math.floor(math.log10(scale)) + 1, _EXACT[-1]))
    return finest, origin, _round_up(_NEAR * scale)


def _round_up(number: float) -> float:
    """The next 1, 2 or 5 times a power of ten: a multiple of all steps there."""
    if number > 1e307:  # the next one could be beyond floats
        return number
    power = 10.0 ** math.floor(math.log10(number))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= number)


def _whole(numbers: Floats, place: int) -> Floats:
    """Numbers as whole multiples of a power of ten, without what arithmetic added, where a float64 can tell."""
    return numbers.round(-place) + 0.0 if place in _EXACT else numbers


def _whole_one(number: float, place: int) -> float:
    """The same of one number, in the same steps: bit by bit what numpy gives."""
    if place not in _EXACT or not math.isfinite(number):
        return number
    power = 10.0 ** abs(place)
    scaled = number / power if place > 0 else number * power
    if not math.isfinite(scaled):
        return scaled
    return round(scaled) * power + 0.0 if place > 0 else round(scaled) / power + 0.0
