"""The chance of values beyond all that were seen: no too small p-values on any tail, and small ones far out."""

import numpy as np
import pytest

from driftline.stats.shape import exceedance_p

TAILS = {
    "normal": lambda random, n: random.normal(size=n),
    "lognormal": lambda random, n: random.lognormal(0, 1, n),
    "t2": lambda random, n: random.standard_t(2, n),
    "pareto": lambda random, n: random.pareto(0.7, n),
    "poisson": lambda random, n: random.poisson(3, n).astype(float),
}


@pytest.mark.parametrize("name", TAILS)
def test_p_values_are_not_too_small(name):
    """Of 400 records of unchanged rows that are twice as far out, at most 5 have a p-value up to 1 %."""
    small = 0
    for seed in range(400):
        random = np.random.default_rng([19, seed])
        past, now = TAILS[name](random, 2000), TAILS[name](random, 500)
        distances, far = past - np.median(past), float((now - np.median(past)).max())
        p_value = exceedance_p(far, 500, distances, np.ones(2000), 2000)
        small += far > 2 * distances.max() and p_value <= 0.01
    assert small <= 5


def test_power():
    """A hundred times as far out as the largest of a lognormal column is next to impossible."""
    past = np.random.default_rng(20).lognormal(0, 1, 5000)
    assert exceedance_p(100 * past.max(), 1000, past, np.ones(5000), 5000) < 1e-4


@pytest.mark.parametrize("rows", [[], [1.0], [1.0, 1.0, 1.0, 1.0], [-1.0, -2.0]])
def test_too_little_to_say(rows):
    """Without a tail on this side nothing is ruled out."""
    assert 1.0 == exceedance_p(10.0, 100, np.array(rows), np.ones(len(rows)), max(len(rows), 1))
