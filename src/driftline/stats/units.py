"""Which change of unit or scale turns one distribution into another, judged by quantiles."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Found = tuple[float, float, float, str]

SHARES = np.linspace(0.05, 0.95, 19)
_APART = 0.25
_FACTORS = {
    -1.0: "the sign is turned",
    10.0: "as of centimetres in millimetres",
    24.0: "as of days in hours",
    60.0: "as of minutes in seconds, or hours in minutes",
    100.0: "as of shares in percent, or metres in centimetres",
    1000.0: "as of kilometres in metres, or seconds in milliseconds",
    3600.0: "as of hours in seconds",
    86_400.0: "as of days in seconds",
    1e6: "as of seconds in microseconds, or of whole units in millionths",
    3.6: "as of metres per second in kilometres per hour",
    1.609344: "as of miles in kilometres",
    3.280839895: "as of metres in feet",
    2.54: "as of inches in centimetres",
    25.4: "as of inches in millimetres",
    2.2046226218: "as of kilograms in pounds",
    57.295779513: "as of radians in degrees",
}
_LOGARITHMS: dict[str, Callable[[Floats], Floats]] = {
    "the natural logarithm is taken": np.log,
    "the natural logarithm of one more is taken": np.log1p,
    "the decimal logarithm is taken": np.log10,
}


def changed(current: npt.ArrayLike, reference: npt.ArrayLike) -> Found:
    """`(share, distance, left, words)`: how far a known change of unit explains the difference of two distributions.

    `current`, `reference`: shape (19,), the quantiles at 5, 10, … 95 %. The distance of two distributions is the mean
    gap of these quantiles over the wider of their two interquartile ranges; `left` is what remains of it after the
    change that leaves least, `share` the part of it that the change removes, 0 to 1. All nan where a side has fewer
    than eight different quantiles (scale can not be told from a few steps), or no interquartile range; `share` is 0
    while the distributions are less than 0.25 apart, for then there is nothing to explain.

    >>> was = np.linspace(1, 10, 19) ** 2
    >>> share, distance, left, said = changed(1000 * was, was)
    >>> round(share, 3), said
    (1.0, 'times 1,000, as of kilometres in metres, or seconds in milliseconds')
    """
    now, was = np.asarray(current, dtype=float), np.asarray(reference, dtype=float)
    if min(np.unique(now).size, np.unique(was).size) < 8 or not np.isfinite([now, was]).all():
        return float("nan"), float("nan"), float("nan"), ""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        apart = _distance(now, was)
        changes = list(_changes(was))
        left = [_distance(now, after) for _, after in changes]
    if not np.isfinite(apart):
        return float("nan"), float("nan"), float("nan"), ""
    best = int(np.nanargmin(left))
    share = max(0.0, 1 - left[best] / apart) if apart > _APART else 0.0
    return share, apart, left[best], changes[best][0] if share else ""


def _changes(was: Floats) -> list[tuple[str, Floats]]:
    """Each known change in words, with the quantiles after it."""
    found = [("degrees Celsius in Fahrenheit", was * 1.8 + 32), ("degrees Fahrenheit in Celsius", (was - 32) / 1.8)]
    found += [("degrees Celsius in kelvins", was + 273.15), ("kelvins in degrees Celsius", was - 273.15)]
    for factor, said in _FACTORS.items():
        found.append((f"times {factor:,.6g}, {said}" if factor > 0 else said, np.sort(was * factor)))
        if factor > 1:
            found.append((f"divided by {factor:,.6g}, the reverse of {said.removeprefix('as ')}", was / factor))
    return found + [(said, function(was)) for said, function in _LOGARITHMS.items() if was[0] > 0]


def _distance(a: Floats, b: Floats) -> float:
    width = max(a[14] - a[4], b[14] - b[4])
    return float(np.mean(np.abs(a - b)) / width) if 0 < width < np.inf else float("nan")
