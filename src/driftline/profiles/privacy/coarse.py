"""Numbers that few rows have are kept and shown rounded: a little near the middle, to two digits far out."""

import math

import numpy as np

from driftline.arrays import Floats

_STEPS = 300  # to the spread at least: so distances between distributions are hardly moved
_NEAR = 4  # spreads from the middle, at least, within which numbers are rounded no further
_ROOM = 1e-6  # of a step, for what decimal fractions lose in binary
_LEAST = 1e-300  # of the spread: below, a step could not be told from 0
_EXACT = 12  # decimal places within which a float64 is written as it is meant


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
    finest = math.floor(math.log10(scale / _STEPS))
    with np.errstate(all="ignore"):
        origin = _whole(np.array(center), math.floor(math.log10(scale)) + 1)
        away = numbers - origin
        furthest = min(max(float(np.abs(away).max(initial=0.0)), scale), np.finfo(np.float64).max)
        powers = 10.0 ** np.arange(finest, math.floor(math.log10(furthest)) + 1)
        steps = powers[np.searchsorted(powers[2:], np.abs(away), "right")]
        steps = np.where(np.abs(away) < _round_up(_NEAR * scale), powers[0], steps)
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


def _round_up(number: float) -> float:
    """The next 1, 2 or 5 times a power of ten: a multiple of all steps there."""
    if number > 1e307:  # the next one could be beyond floats
        return number
    power = 10.0 ** math.floor(math.log10(number))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= number)


def _whole(numbers: Floats, place: int) -> Floats:
    """Numbers as whole multiples of a power of ten, without what arithmetic added, where a float64 can tell."""
    return np.round(numbers, -place) + 0.0 if abs(place) <= _EXACT else numbers
