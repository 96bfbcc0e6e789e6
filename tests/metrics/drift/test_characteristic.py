"""Epps and Singleton's distance against SciPy, and what interval and p-value promise."""

import numpy as np
import pytest
from scipy.stats import epps_singleton_2samp, iqr

from driftline import registry
from driftline.stats import epps_singleton as test
from driftline.stats.epps_singleton import representatives

epps_singleton = registry.find("metrics", "epps_singleton")
DRAWS = {
    "normal": lambda rng, size, shift: rng.normal(shift, 1, size),
    "integers": lambda rng, size, shift: np.floor(rng.exponential(5 * (1 + shift), size)),
    "lognormal": lambda rng, size, shift: rng.lognormal(shift, 1, size),
}


def statistic(*sides):
    """Epps and Singleton's W, and its degrees of freedom, from the parts that the p-value is made of."""
    (one, first), (two, second) = (test._moments(*wave) for wave in test._waves(sides, 1.0)[0])
    n, m = (float(rows.sum()) for rows, _, _ in sides)
    value, freedom = test._square(one - two, first / n + second / m)
    few = 1 + (n + m) ** -0.45 + 10.1 * (n**-1.7 + m**-1.7) if max(n, m) < 25 else 1.0  # the authors' correction
    return value / few, freedom


def exact(now, was):
    points = np.array([0.4, 0.8]) / (iqr(np.concatenate((now, was))) / 2)
    gaps = [np.exp(1j * point * now).mean() - np.exp(1j * point * was).mean() for point in points]
    return np.sqrt(np.mean(np.abs(gaps) ** 2))


@pytest.mark.parametrize(("n", "m"), [(20, 24), (90, 160), (2000, 2000)])
def test_statistic_agrees_with_scipy(n, m, binned):
    """With every value an edge, W is SciPy's to 1e-9, with the correction for few rows."""
    rng = np.random.default_rng(n)
    now, was = rng.normal(3, 1, n).round(1), rng.normal(3.3, 1.5, m).round(1)
    edges = np.unique(np.concatenate((now, was)))
    sides = []
    for values in (now, was):
        counts = binned(values, edges)
        sums = counts.astype(float)
        sums[1::2] *= edges
        sides.append(representatives(edges, counts, sums, (values.min(), values.max())))
    expected = epps_singleton_2samp(now, was).statistic
    assert (pytest.approx(expected, rel=1e-9), 4) == statistic(*sides)


def test_value_is_exact_where_values_lie_on_edges(pair):
    """With at most 256 distinct values, the gap is that of the values' own characteristic functions to 1e-9."""
    rng = np.random.default_rng(1)
    was = rng.normal(50, 4, 300).round(1)
    now = rng.choice(was, 80)
    assert exact(now, was) == pytest.approx(epps_singleton(*pair(now, was)).value, rel=1e-9)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("n", "m", "shift"), [(100, 2000, 0), (900, 5000, 0.4)])
def test_values_between_edges_stay_within_the_bin_error(draw, n, m, shift, pair):
    """Of continuous values the exact gap is near the value, and in the interval."""
    rng = np.random.default_rng(n)
    now, was = DRAWS[draw](rng, n, shift), DRAWS[draw](rng, m, 0)
    found = epps_singleton(*pair(now, was))
    assert exact(now, was) == pytest.approx(found.value, abs=0.01)
    assert found.low <= exact(now, was) <= found.high


@pytest.mark.parametrize("draw", DRAWS)
def test_p_value_is_honest_and_interval_covers(draw, pair):
    """Where nothing has changed, 6.5% of p-values at most are at most 5%, and 0 is in 95% of intervals: 250 samples."""
    rng = np.random.default_rng(4)
    found = [epps_singleton(*pair(DRAWS[draw](rng, 60, 0), DRAWS[draw](rng, 1000, 0))) for _ in range(250)]
    assert np.mean([one.p_value <= 0.05 for one in found]) <= 0.065 + 0.025
    assert np.mean([one.low == 0 for one in found]) >= 0.93


def test_a_change_of_shape_is_seen(pair):
    """A uniform column with mean and deviation of a normal one is told from it: no metric of the middle would."""
    rng = np.random.default_rng(6)
    found = epps_singleton(*pair(rng.uniform(-(3**0.5), 3**0.5, 1000), rng.normal(0, 1, 4000)))
    assert found.p_value < 1e-4
