"""Rare values and extremes: told where ten groups hide them, quiet where nothing changed."""

import numpy as np
import pytest

from driftline.profiles.privacy.labels import hide
from driftline.stats.proportions import largest_rise
from driftline.types import Level

N = 2000


def fares(seed, n=N):
    return np.random.default_rng(seed).lognormal(2.3, 0.5, n).round(2)


def zones(seed, n=N):
    return np.array([f"zone {k}" for k in np.random.default_rng(seed).zipf(1.6, n).clip(1, 150)])


def mixed(values, other, share, seed=5):
    return np.where(np.random.default_rng(seed).random(values.size) < share, other, values)


@pytest.mark.parametrize(
    ("past", "now", "level", "says"),
    [
        (fares(1, 5000), fares(2), Level.OK, ""),
        (zones(1, 5000), zones(2), Level.OK, ""),
        (fares(1, 5000), mixed(fares(2), 0.0, 0.05), Level.WARNING, "0 "),
        (zones(1, 5000), mixed(zones(2), "zone 97", 0.05), Level.WARNING, f"{hide('zone 97')!r} "),
        (fares(1, 5000), mixed(fares(2), 60.0, 0.05), Level.WARNING, "between "),
    ],
    ids=["numbers", "categories", "zeros", "a rare zone", "a point in the tail"],
)
def test_a_rare_value_that_is_not_rare_any_more(numbers, past, now, level, says):
    """A value of next to no share that becomes 5 % alerts, and is named, by its hash if it is no number."""
    verdict = numbers({"x": past}, {"x": now})("risen_value", "x")
    assert level is verdict.level
    assert level is Level.OK or f"; {says}" in verdict.reason


def test_no_rise_by_chance():
    """Of 300 draws without a change over 200 cells, at most 5 % have a p-value up to 5 %, but for chance."""
    small = 0
    for seed in range(300):
        random = np.random.default_rng([21, seed])
        shares = random.dirichlet(np.full(200, 0.3))
        now, past = random.multinomial(500, shares), random.multinomial(3000, shares)
        small += largest_rise(now, past, 500, 3000)[4] <= 0.05
    assert small <= 25


@pytest.mark.parametrize("seed", range(3))
def test_interval_of_a_rise(seed):
    """The interval holds the true rise of the cell that it is about in all of 60 draws, being one for all cells."""
    random = np.random.default_rng([22, seed])
    shares = np.append(np.full(50, 0.019), 0.05)
    risen = np.append(np.full(50, 0.016), 0.2)
    for _ in range(60):
        at, _, low, high, _ = largest_rise(random.multinomial(800, risen), random.multinomial(3000, shares), 800, 3000)
        assert (50, True) == (at, low <= 0.15 <= high)


@pytest.mark.parametrize(("far", "level"), [(1.0, Level.OK), (1.5, Level.OK), (300.0, Level.WARNING)])
def test_size_of_the_largest(numbers, far, level):
    """One value 300 times as far out as any of the reference alerts; one half as far again does not."""
    past, now = fares(1, 5000), fares(2)
    now[7] = far * past.max()
    verdict = numbers({"x": past}, {"x": now})("extremes", "x")
    assert level is verdict.level
    assert "in the reference 72" in verdict.reason  # 71.23, rounded up to two digits of its distance


def test_negative_extremes(numbers):
    """The smallest value counts as well."""
    past, now = -fares(1, 5000), -fares(2)
    now[7] = 300 * past.min()
    verdict = numbers({"x": past}, {"x": now})("extremes", "x")
    assert (Level.WARNING, True) == (verdict.level, "smallest" in verdict.reason)
