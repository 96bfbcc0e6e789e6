"""Expected errors, against what comes true in simulations."""

import numpy as np
import pytest

from driftline.stats.expected.errors import expected_mean


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


def test_means_of_a_model_that_fits_too_well_are_drawn_nearer():
    """Half-way to what the model expects but at both ends, with the same mean over the rows whose loss is known."""
    labelled, sums, modelled = np.full(4, 100), np.array([100.0, 200.0, 300.0, 400.0]), np.array([0.0, 2.5, 2.5, 5.0])
    squares = sums**2 / 100
    ask = (expected_mean(np.eye(4)[at] * 50, labelled, sums, squares, modelled=modelled)[0] for at in range(4))
    assert pytest.approx([1.0, 2.25, 2.75, 4.0]) == list(ask)
    assert pytest.approx(2.5) == expected_mean(labelled, labelled, sums, squares, modelled=modelled + 9)[0]
