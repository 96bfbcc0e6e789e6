"""Standardised differences of means against SciPy, and what intervals and p-values promise."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from driftline import registry
from driftline.stats.effect_size import Side, cohen, glass

DRAWS = {
    "normal": lambda rng, size, shift: rng.normal(shift, 1 + shift, size),
    "uniform": lambda rng, size, shift: rng.uniform(shift, 1 + shift, size),
    "exponential": lambda rng, size, shift: rng.exponential(1 + shift, size),
}


def side(values):
    apart = values - (mean := values.mean())
    squares = apart * apart
    return Side(values.size, mean, squares.sum(), (squares * apart).sum(), (squares * squares).sum())


@pytest.mark.parametrize(("n", "m"), [(2, 2), (30, 1000), (5000, 400)])
def test_means_agree_with_scipy(n, m, pair):
    """The p-values are SciPy's and the effects NumPy's to 1e-9, whatever the bins."""
    rng = np.random.default_rng(n)
    now, was = rng.normal(50.05, 3, n), rng.normal(50, 2, m)
    sides = pair(now, was)
    glass_delta, cohen_d = (registry.find("metrics", name)(*sides) for name in ("welch", "student"))
    pooled = np.sqrt(((n - 1) * now.var(ddof=1) + (m - 1) * was.var(ddof=1)) / (n + m - 2))
    assert (now.mean() - was.mean()) / was.std(ddof=1) == pytest.approx(glass_delta.value, rel=1e-9)
    assert (now.mean() - was.mean()) / pooled == pytest.approx(cohen_d.value, rel=1e-9)
    assert ttest_ind(now, was, equal_var=False).pvalue == pytest.approx(glass_delta.p_value, rel=1e-9)
    assert ttest_ind(now, was).pvalue == pytest.approx(cohen_d.p_value, rel=1e-9)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("n", "m"), [(50, 1000), (1000, 1000)])
def test_p_values_are_honest(draw, n, m):
    """Where nothing has changed, 6.5% of p-values at most are at most 5%, 8% of 50 skewed rows by Welch's test."""
    rng = np.random.default_rng(n)
    pairs = [(side(DRAWS[draw](rng, n, 0)), side(DRAWS[draw](rng, m, 0))) for _ in range(1000)]
    welch, student = (np.mean([test(*both)[3] <= 0.05 for both in pairs]) for test in (glass, cohen))
    assert welch <= (0.08 if draw == "exponential" else 0.065) + 0.01
    assert student <= 0.065 + 0.01


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("shift", [0, 0.3, 1])
def test_intervals_cover(draw, shift):
    """95% intervals hold the true effect in 92 to 98% of samples of 100 against 400 rows."""
    rng = np.random.default_rng(3)
    many = [DRAWS[draw](rng, 400_000, change) for change in (shift, 0)]
    gap, (one, two) = many[0].mean() - many[1].mean(), (values.var() for values in many)
    pairs = [(side(DRAWS[draw](rng, 100, shift)), side(DRAWS[draw](rng, 400, 0))) for _ in range(600)]
    for effect, unit in ((glass, two), (cohen, (99 * one + 399 * two) / 498)):
        found = np.array([effect(*both) for both in pairs])
        assert 0.92 <= np.mean((found[:, 1] <= gap / np.sqrt(unit)) & (gap / np.sqrt(unit) <= found[:, 2])) <= 0.98


def test_a_column_that_did_not_vary_is_measured_in_its_own_scale(pair):
    """Where the reference is constant, its robust scale stands in; the same constant is no change at all."""
    same = registry.find("metrics", "welch")(*pair([7.5] * 40, [7.5] * 90, "numeric"))
    assert (0.0, 0.0, 0.0, 1.0) == (same.value, same.low, same.high, same.p_value)
    moved = registry.find("metrics", "student")(*pair([15.0] * 40, [7.5] * 90, "numeric"))
    assert (1.0, 0.0) == (moved.value, moved.p_value)
