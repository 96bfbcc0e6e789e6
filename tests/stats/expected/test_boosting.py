"""Boosted oblivious trees beside scikit-learn's."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor

from driftline.stats.expected.boosting import boost


def draw(rng, n):
    """Codes of three columns, of which two act together, and what they lead to."""
    codes = rng.integers(0, 16, (3, n))
    return codes, (codes[0] > 7) * codes[1] / 5.0 - 0.75


def test_explains_as_much_as_other_trees():
    """On new rows the error is no larger than that of scikit-learn's boosted trees of like size."""
    rng = np.random.default_rng(0)
    codes, mean = draw(rng, 3000)
    noisy = mean + rng.normal(0, 0.5, mean.size)
    peer = GradientBoostingRegressor(n_estimators=64, max_depth=7, learning_rate=0.3, random_state=0)
    peer.fit(codes.T, noisy)
    fresh, truth = draw(rng, 3000)
    ours, doubled = boost(codes, np.stack((noisy, 2 * noisy))).predict(fresh)
    assert doubled == pytest.approx(2 * ours)
    ours = np.mean((ours - truth) ** 2)
    assert ours <= np.mean((peer.predict(fresh.T) - truth) ** 2)
    assert ours < 0.1 * truth.var()
