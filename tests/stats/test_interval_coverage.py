"""How often intervals hold the truth, by simulation."""

import numpy as np
import pytest
from scipy.stats import norm

from driftline.stats import intervals

TIMES = 2000
ROWS = {  # name: draw, true mean, true standard deviation
    "normal": (lambda rng, size: rng.normal(3, 2, size), 3, 2),
    "uniform": (lambda rng, size: rng.random(size), 0.5, 12**-0.5),
    "exponential": (lambda rng, size: rng.exponential(1, size), 1, 1),
    "lognormal": (lambda rng, size: rng.lognormal(0, 1, size), np.exp(0.5), np.sqrt(np.e * (np.e - 1))),
}
LEAST = {("mean", "lognormal", 100): 0.89, ("std", "lognormal", 100): 0.83, ("std", "lognormal", 1000): 0.89}


def coverage(outcomes, true):
    limits = np.array([outcome[1:3] for outcome in outcomes])
    return np.mean((limits[:, 0] <= true) & (true <= limits[:, 1]))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("n", [100, 1000])
def test_mean_and_std_cover(name, n):
    """Intervals of mean and standard deviation cover as their docstrings say."""
    draw, mean, std = ROWS[name]
    x = draw(np.random.default_rng(n), (TIMES, n))
    d = x - x.mean(1, keepdims=True)
    m2, m4 = (d**2).sum(1), (d**4).sum(1)
    means = [intervals.mean(a, b, n) for a, b in zip(x.mean(1), m2, strict=True)]
    stds = [intervals.std(a, b, n) for a, b in zip(m2, m4, strict=True)]
    for kind, outcomes, true in (("mean", means, mean), ("std", stds, std)):
        assert LEAST.get((kind, name, n), 0.925) <= coverage(outcomes, true) <= 0.98


@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_wilson_covers(n, share):
    """The score interval covers."""
    drawn = np.random.default_rng(n).binomial(n, share, TIMES)
    assert 0.925 <= coverage([intervals.wilson(k, n) for k in drawn], share) <= 0.98


@pytest.mark.parametrize("expected", [0.5, 3, 30, 300])
def test_poisson_covers(expected):
    """The exact interval of a count covers at least what it says."""
    drawn = np.random.default_rng(5).poisson(expected, TIMES)
    assert 0.94 <= coverage([intervals.poisson(k) for k in drawn], expected) <= 0.999


@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize("shares", [(0.4, 0.1, 0.1), (0.05, 0.02, 0.02), (0.5, 0.01, 0.01)])
def test_f1_covers(n, shares):
    """The interval of F1 covers, for common and rare positives and near 1."""
    tp, fp, fn = shares
    drawn = np.random.default_rng(n).multinomial(n, (*shares, 1 - tp - fp - fn), TIMES)
    assert 0.925 <= coverage([intervals.f1(*row[:3]) for row in drawn], 2 * tp / (2 * tp + fp + fn)) <= 0.985


@pytest.mark.parametrize(("n", "m"), [(10, 90), (30, 1000), (50, 500), (500, 500)])
@pytest.mark.parametrize("area", [0.5, 0.7, 0.9, 0.98])
@pytest.mark.parametrize("spread", [1, 3])
def test_auc_covers(n, m, area, spread):
    """The interval of the area covers: equal and unequal spread of the classes, few positives, near 1."""
    rng, outcomes = np.random.default_rng(6), []
    for _ in range(500):
        high = rng.normal(norm.ppf(area) * np.hypot(1, spread), spread, n)
        order = np.argsort(np.concatenate((high, rng.normal(0, 1, m))))
        outcomes.append(intervals.auc(order < n, order >= n))
    assert 0.92 <= coverage(outcomes, area) <= 0.999


@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize("shares", [(0.1, 0.1), (0.02, 0.02), (0.5, 0.5), (0.3, 0.1), (0.9, 0.8)])
def test_difference_covers(n, shares):
    """The difference of two shares covers, and its p-value is honest where there is none."""
    rng = np.random.default_rng(n)
    drawn = zip(rng.binomial(n, shares[0], TIMES), rng.binomial(1000, shares[1], TIMES), strict=True)
    outcomes = [intervals.difference(intervals.wilson(a, n), intervals.wilson(b, 1000)) for a, b in drawn]
    assert 0.925 <= coverage(outcomes, shares[0] - shares[1]) <= 0.98
    assert shares[0] != shares[1] or np.mean([outcome[3] <= 0.05 for outcome in outcomes]) <= 0.065


@pytest.mark.parametrize("n", [100, 1000])
def test_delta_covers(n):
    """A ratio of two correlated means covers."""
    rng = np.random.default_rng(n)
    x = rng.normal(5, 1, (1000, n))
    y = x + rng.normal(5, 2, (1000, n))
    outcomes = []
    for a, b in zip(x, y, strict=True):
        slope = [1 / b.mean(), -a.mean() / b.mean() ** 2]
        outcomes.append(intervals.delta(a.mean() / b.mean(), slope, np.cov(a, b), n))
    assert 0.925 <= coverage(outcomes, 0.5) <= 0.98
