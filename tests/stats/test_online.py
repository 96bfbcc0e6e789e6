"""Online control of false discoveries: the promised share in simulation, and the known first levels."""

import numpy as np
import pytest
from scipy.special import ndtr

from driftline.stats.multiple_testing import Lord, Saffron


@pytest.mark.parametrize("kind", [Lord, Saffron])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_false_discoveries(kind, share):
    """Of 500 tests one after the other at most 5 % of the discoveries are false on average, within noise."""
    random = np.random.default_rng(7)
    false, found = [], []
    for _ in range(200):
        real = random.random(500) < share
        p_values = ndtr(-(random.normal(size=500) + 3.0 * real))
        test = kind(alpha=0.05)
        said = np.array([test(p) for p in p_values])
        false.append((said & ~real).sum() / max(said.sum(), 1))
        found.append((said & real).sum() / max(real.sum(), 1))
    assert np.mean(false) <= 0.05 + 3 * np.std(false) / np.sqrt(len(false))
    assert share == 0 or np.mean(found) > 0.3


def test_saffron_finds_more():
    """Where many things changed SAFFRON finds more than LORD++ (Ramdas et al. 2018)."""
    random = np.random.default_rng(8)
    p_values = ndtr(-(random.normal(size=2000) + 3.0 * (random.random(2000) < 0.5)))
    lord, saffron = Lord(), Saffron()
    assert sum(map(lord, p_values)) < sum(map(saffron, p_values))


def test_wealth_falls_and_comes_back():
    """Without discoveries the level falls; a discovery brings it back."""
    test = Lord()
    levels = [test.level for _ in range(50) if not test(0.9)]
    assert levels == sorted(levels, reverse=True)
    assert test(0.0)
    assert test.level > levels[-1]


@pytest.mark.parametrize("kind", [Lord, Saffron])
def test_state(kind):
    """A test goes on from its state exactly where the other was."""
    p_values = np.random.default_rng(1).random(60) ** 4
    whole, first = kind(), kind()
    said = [whole(p) for p in p_values]
    begun = [first(p) for p in p_values[:30]]
    assert said == begun + [again(p) for again in [kind(**first.state())] for p in p_values[30:]]
