"""Expected errors, against what comes true in simulations."""

import numpy as np

from driftline.stats.expected.errors import expected_mean, modelled_mean


def draw(rng, n, shift):
    """The bin of each row, and its error, larger in higher bins."""
    x = rng.normal(shift, 1, n)
    return np.clip((x * 8 + 30).astype(int), 0, 60), np.abs(rng.normal(0, 1, n)) * np.exp(x / 2)


def test_intervals_cover_what_comes_true():
    """The 95 % interval holds the mean error of rows without labels, where they shift to larger errors."""
    rng, held, times = np.random.default_rng(0), 0, 200
    for _ in range(times):
        at, error = draw(rng, 3000, 0)
        known, sums, squares = (np.bincount(at, weights=part, minlength=61) for part in (None, error, error**2))
        at, error = draw(rng, 800, 0.5)
        value, low, high = expected_mean(np.bincount(at, minlength=61), known, sums, squares)
        assert low <= value <= high
        held += low <= error.mean() <= high
    assert 0.9 <= held / times


def test_nothing_to_expect():
    """Without rows, or without labels, there is no value."""
    none, some = np.zeros(3), np.ones(3)
    assert np.isnan([*expected_mean(none, some, some, some), *expected_mean(some, none, none, none)]).all()


def test_mean_of_a_model_is_put_right():
    """By as much as the model errs over the known rows; never below 0; as wide as the mean by like rows."""
    like = (3.0, 2.0, 4.0)
    assert (3.0, 2.0, 4.0) == modelled_mean(like, 100 / 50, 200 / 200, 400 / 200)
    assert (0.0, 0.0, 1.0) == modelled_mean(like, -100 / 50, 200 / 200, 400 / 200)
