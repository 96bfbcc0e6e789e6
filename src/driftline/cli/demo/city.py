"""The simulated city: zones on a map, where people go, how busy each hour is and how fast the streets are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ZONES = 240
HIGHEST_ID = 265
DISTRICTS = np.array([(0.0, 0.0), (5.5, -6.5), (7.0, 1.0)])
"""Centres of the three districts in miles: the old town in the north, the harbour in the south, the east."""
WEEKDAY_TRIPS = np.array([2230, 2260, 2330, 2380, 2440, 1960, 1610])
"""Trips on an ordinary Monday to Sunday."""


@dataclass(frozen=True)
class City:
    """What stays the same from month to month.

    `ids` are the zones' numbers, `pickup` their shares of all pickups, `onward` the cumulated shares of the
    drop-off zones for each pickup zone (zones by zones), `miles` the way between two zones (zones by zones), `slow` how
    much longer than usual a trip from a zone takes, `downtown` the zones where a drop-off costs a surcharge.
    """

    ids: NDArray[np.int64]
    pickup: Floats
    onward: Floats
    miles: Floats
    slow: Floats
    downtown: NDArray[np.bool_]

    def dropoff(self, pickup: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """A drop-off zone for each pickup zone, both as positions in `ids`."""
        steps = (self.onward + np.arange(ZONES)[:, None]).ravel()
        drawn = np.searchsorted(steps, pickup + rng.random(pickup.size), side="right")
        zone: NDArray[np.int64] = np.minimum(drawn - pickup * ZONES, ZONES - 1)
        return zone


def build(seed: int) -> City:
    """The city of that seed: popular zones are few (Zipf), near zones are likelier destinations than far ones.

    >>> build(1).miles.shape
    (240, 240)
    """
    rng = np.random.default_rng([seed, 265])
    ids = np.sort(rng.choice(np.arange(1, HIGHEST_ID + 1), ZONES, replace=False))
    district = rng.choice(3, ZONES, p=(0.35, 0.35, 0.3))
    place = DISTRICTS[district] + rng.normal(0, 2.1, (ZONES, 2))
    pickup = _zipf(rng.permutation(ZONES), 1.25)
    gaps = np.abs(place[:, None, :] - place[None, :, :]).sum(axis=2)
    miles = gaps + 0.55 * np.eye(ZONES)
    pull = _zipf(rng.permutation(ZONES), 0.6)[None, :] * (np.exp(-gaps / 1.35) + 0.025 * np.exp(-gaps / 6.0))
    onward = np.cumsum(pull / pull.sum(axis=1, keepdims=True), axis=1)
    downtown = (district == 0) & (place[:, 1] < 0)
    return City(ids, pickup, onward, miles, rng.lognormal(0, 0.13, ZONES), downtown)


def _zipf(rank: NDArray[np.int64], power: float) -> Floats:
    weight = 1.0 / (rank + 2.0) ** power
    share: Floats = weight / weight.sum()
    return share


def rhythm() -> Floats:
    """Expected trips in each hour of each weekday, Monday first (7 by 24): two rush hours, late weekends.

    >>> rhythm().shape, int(rhythm().sum())
    ((7, 24), 15210)
    """
    hour = np.arange(24)
    work = 0.12 + _bump(hour, 8.5, 1.8, 0.8) + _bump(hour, 12.5, 3.0, 0.65) + _bump(hour, 17.0, 2.6, 1.0)
    rest = 0.17 + _bump(hour, 12.0, 3.0, 0.6) + _bump(hour, 17.0, 3.4, 0.8) + _bump(hour, 24.0, 2.0, 0.3)
    night = np.where(hour < 6, 0.35, 1.0)
    shape = np.array([work * night] * 5 + [rest * (0.4 + 0.6 * night)] * 2)
    counts: Floats = shape / shape.sum(axis=1, keepdims=True) * WEEKDAY_TRIPS[:, None]
    return counts


def pace() -> Floats:
    """Minutes a mile in each hour of each weekday (7 by 24): slow in the rush hours, faster at weekends and nights."""
    hour = np.arange(24)
    work = 3.2 + _bump(hour, 8.5, 1.6, 1.0) + _bump(hour, 16.0, 3.6, 1.6)
    rest = 3.2 + _bump(hour, 15.5, 4.5, 0.95)
    return np.array([work] * 5 + [rest] * 2)


def _bump(hour: NDArray[np.int64], centre: float, width: float, height: float) -> Floats:
    """A bell over the hours of a day that runs on past midnight."""
    gap = (hour - centre + 12) % 24 - 12
    bell: Floats = height * np.exp(-0.5 * (gap / width) ** 2)
    return bell
