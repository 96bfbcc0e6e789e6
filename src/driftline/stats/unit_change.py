"""Which change of unit or scale turns one distribution into another, judged by quantiles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats

SHARES = np.linspace(0.05, 0.95, 19)
_MIDDLE = 9
_APART = 0.25
_SMALL = 5
_LOPSIDED = 0.3
_FACTORS = {
    10.0: (("centimetres", "millimetres"),),
    24.0: (("days", "hours"),),
    60.0: (("minutes", "seconds"), ("hours", "minutes")),
    100.0: (("shares", "percent"), ("metres", "centimetres")),
    1000.0: (("kilometres", "metres"), ("seconds", "milliseconds")),
    3600.0: (("hours", "seconds"),),
    86_400.0: (("days", "seconds"),),
    1e6: (("seconds", "microseconds"), ("whole units", "millionths")),
    3.6: (("metres per second", "kilometres per hour"),),
    1.609344: (("miles", "kilometres"),),
    3.280839895: (("metres", "feet"),),
    2.54: (("inches", "centimetres"),),
    25.4: (("inches", "millimetres"),),
    2.2046226218: (("kilograms", "pounds"),),
    57.295779513: (("radians", "degrees"),),
}
_LOGARITHMS: dict[str, Callable[[Floats], Floats]] = {
    "the natural logarithm is taken": np.log,
    "the natural logarithm of one more is taken": np.log1p,
    "the decimal logarithm is taken": np.log10,
}


@dataclass(frozen=True)
class Change:
    """How far a known change of unit explains the difference of two distributions.

    `apart` is their distance: the mean gap of the quantiles over the wider of the two interquartile ranges. `left` is
    what remains of it after the change, `share` the part of it that the change removes, 0 to 1. `sure` is False for a
    factor of less than five, and a logarithm that makes numbers no smaller than that: growth or a new price list can do
    as much.
    """

    words: str
    share: float
    apart: float
    left: float
    sure: bool


def find_change(current: npt.ArrayLike, reference: npt.ArrayLike, *, whole: bool = False) -> Change | None:
    """The known change of unit that leaves least of the difference of two distributions.

    `current`, `reference`: shape (19,), the quantiles at 5, 10, … 95 %. `whole`: all values are whole numbers on both
    sides, so only whole factors come into question. None where a side has fewer than eight different quantiles (scale
    cannot be told from a few steps) or no interquartile range. `share` is 0 while the distributions are less than 0.25
    apart, for then there is nothing to explain. A turned sign is tried only on a reference that is on one side of zero
    or lopsided: what is even around its middle and moves past zero looks like its mirror image, whatever moved it.

    >>> was = np.linspace(1, 10, 19) ** 2
    >>> found = find_change(1000 * was, was)
    >>> round(found.share, 3), found.words
    (1.0, 'times 1,000, as from kilometres to metres, or from seconds to milliseconds')
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    if min(np.unique(now).size, np.unique(was).size) < 8 or not np.isfinite([now, was]).all():
        return None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        apart = _distance(now, was)
        tried = [(_distance(now, after), words, sure) for words, after, sure in _changes(was, whole=whole)]
    if not np.isfinite(apart):
        return None
    left, words, sure = min((one for one in tried if np.isfinite(one[0])), default=(apart, "", False))
    share = max(0.0, 1 - left / apart) if apart > _APART else 0.0
    return Change(words if share else "", share, apart, left, sure)


def _changes(was: Floats, *, whole: bool) -> Iterator[tuple[str, Floats, bool]]:
    """Each known change in words, the quantiles after it, and whether it is one that hardly comes by itself."""
    if was[0] >= 0 or was[-1] <= 0 or _lopsided(was):
        yield "the sign is turned", -was[::-1], True
    yield "degrees Celsius in Fahrenheit", was * 1.8 + 32, True
    yield "degrees Fahrenheit in Celsius", (was - 32) / 1.8, True
    for factor, pairs in _FACTORS.items():
        if not whole or factor.is_integer():
            there = ", or ".join(f"from {one} to {other}" for one, other in pairs)
            back = ", or ".join(f"from {other} to {one}" for one, other in pairs)
            yield f"times {factor:,.6g}, as {there}", was * factor, factor > _SMALL
            yield f"divided by {factor:,.6g}, as {back}", was / factor, factor > _SMALL
    if not whole:
        yield "degrees Celsius in kelvins", was + 273.15, True
        yield "kelvins in degrees Celsius", was - 273.15, True
        if was[0] > 0:
            for said, function in _LOGARITHMS.items():
                after = function(was)
                yield said, after, bool(was[_MIDDLE] > _SMALL * after[_MIDDLE])


def _lopsided(quantiles: Floats) -> bool:
    """Whether a distribution is far from its mirror image around its own middle."""
    around = quantiles - quantiles[_MIDDLE]
    return _distance(around, -around[::-1]) > _LOPSIDED


def _distance(a: Floats, b: Floats) -> float:
    width = max(a[14] - a[4], b[14] - b[4])
    return float(np.mean(np.abs(a - b)) / width) if 0 < width < np.inf else float("nan")
