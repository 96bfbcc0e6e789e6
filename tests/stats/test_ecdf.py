"""Distances and quantiles from binned values against SciPy and NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp, quantile_test, wasserstein_distance

from driftline.stats.ecdf import kolmogorov_smirnov, quantile, wasserstein

COUNTS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=7, max_size=7)


def binned(values, edges):
    bins = np.searchsorted(edges, values, "left") + np.searchsorted(edges, values, "right")
    size = 2 * len(edges) + 1
    return np.bincount(bins, minlength=size), np.bincount(bins, weights=values, minlength=size)


def distance(now, was, edges):
    (a, a_sums), (b, b_sums) = binned(now, edges), binned(was, edges)
    return wasserstein(edges, a, b, a_sums, b_sums, (now.min(), now.max()), (was.min(), was.max()))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 40), (300, 2000)])
def test_distances_are_exact_where_values_are_edges(n, m):
    """With every value an edge, both distances are SciPy's."""
    rng = np.random.default_rng(n)
    now, was = rng.normal(1e6, 3, n).round(1), rng.normal(1e6, 2, m).round(1)
    edges = np.unique(np.concatenate((now, was)))
    expected = ks_2samp(now, was, method="exact").statistic
    assert expected == pytest.approx(kolmogorov_smirnov(binned(now, edges)[0], binned(was, edges)[0])[0], abs=1e-12)
    assert wasserstein_distance(now, was) == pytest.approx(distance(now, was, edges)[0], rel=1e-9)


@pytest.mark.parametrize("edges", [[], [0.0], [-1.0, 0.0, 2.0]])
def test_wasserstein_brackets_the_exact_value(edges):
    """With values between edges, the exact distance is at least the value and at most `high`."""
    rng = np.random.default_rng(4)
    for shift in (0, 0.1, 1, 20):
        now, was = rng.normal(shift, 1.5, 200), rng.normal(0, 1, 900)
        value, low, high, _ = distance(now, was, np.array(edges))
        assert low <= value <= wasserstein_distance(now, was) + 1e-12 <= high
    assert wasserstein_distance(now, was) == pytest.approx(value, rel=1e-9)


def test_kolmogorov_smirnov_brackets_the_exact_value():
    """With values between edges, the exact distance is at least the value and at most `high`."""
    rng = np.random.default_rng(5)
    now, was, edges = rng.normal(0, 1.5, 300), rng.normal(0, 1, 900), np.array([-1.0, 0.0, 1.0])
    value, _, high, _ = kolmogorov_smirnov(binned(now, edges)[0], binned(was, edges)[0])
    assert value <= ks_2samp(now, was).statistic <= high


@pytest.mark.parametrize(("n", "m"), [(30, 100), (100, 300), (50, 1000)])
def test_kolmogorov_smirnov_p_is_near_exact(n, m):
    """The corrected asymptotic p-value is within 0.015 of SciPy's exact one."""
    rng = np.random.default_rng(6)
    for shift in np.linspace(0, 0.6, 7):
        now, was = rng.normal(shift, 1, n), rng.normal(0, 1, m)
        edges = np.unique(np.concatenate((now, was)))
        p_value = kolmogorov_smirnov(binned(now, edges)[0], binned(was, edges)[0])[3]
        assert ks_2samp(now, was, method="exact").pvalue == pytest.approx(p_value, abs=0.015)


@pytest.mark.parametrize("scale", [1e-300, 1e-5, 1e8, 1e300])
def test_wasserstein_follows_the_unit(scale):
    """A change of unit changes the distance alone, however small or large the values."""
    rng = np.random.default_rng(8)
    now, was = rng.integers(0, 50, 60) / 50, rng.integers(0, 40, 90) / 50
    plain, scaled = distance(now, was, np.unique(was)), distance(now * scale, was * scale, np.unique(was) * scale)
    assert np.array(plain[:3]) * scale == pytest.approx(np.array(scaled[:3]), rel=1e-9)
    assert plain[3] == pytest.approx(scaled[3], rel=1e-9)


def test_wasserstein_is_nan_where_sums_overflow():
    """Sums that are not finite give nan, without a warning."""
    counts, sums = np.array([0, 4, 0]), np.array([0.0, np.inf, 0.0])
    assert np.isnan(wasserstein([1e308], counts, counts, sums, sums, (1e308, 1e308), (1e308, 1e308))).all()


@given(pairs=COUNTS)
def test_every_count_has_an_outcome(pairs):
    """Whatever the counts, each interval holds its value, or all is nan where a side has no rows."""
    edges, (now, was) = np.array([-1.0, 0.0, 5.0]), np.array(pairs).T
    middles = np.array([-2, -1, -0.5, 0, 1, 5, 6])
    outcomes = (
        kolmogorov_smirnov(now, was),
        wasserstein(edges, now, was, now * middles, was * middles, (-2, 6), (-2, 6)),
    )
    for value, low, high, p_value in outcomes:
        if not now.any() or not was.any():
            assert np.isnan([value, low, high, p_value]).all()
        else:
            assert 0 <= low <= value <= high
            assert 0 <= p_value <= 1
    for q in (0, 0.01, 0.5, 1):
        value, low, high = quantile(edges, now, -2, 6, q)
        assert np.isnan(value) if not now.any() else -2 <= value <= 6
        assert not low > value
        assert not high < value


def test_quantile_agrees_with_numpy_and_scipy():
    """With every value an edge, the value is NumPy's, the interval SciPy's or a rank wider."""
    rng = np.random.default_rng(9)
    for n in (40, 333, 5000):
        values = np.sort(rng.normal(size=n))
        counts = binned(values, values)[0]
        for q in (0.1, 0.25, 0.5, 0.77, 0.9):
            value, low, high = quantile(values, counts, values[0], values[-1], q)
            exact = quantile_test(values, p=q).confidence_interval(0.95)
            assert np.quantile(values, q) == pytest.approx(value, rel=1e-12)
            assert 0 <= np.searchsorted(values, exact.low) - np.searchsorted(values, low) <= 1
            assert 0 <= np.searchsorted(values, high) - np.searchsorted(values, exact.high) <= 1


def test_quantile_without_edges_and_rows():
    """Extremes are exact without any edge; limits that the rows cannot give are nan; no rows give nan."""
    assert (1.0, 9.0) == (quantile([], [5], 1, 9, 0)[0], quantile([], [5], 1, 9, 1)[0])
    assert np.isnan(quantile([], [5], 1, 9, 0.99)[2])
    assert np.isnan(quantile([3], [0, 0, 0], np.nan, np.nan, 0.5)).all()


def test_identical_constants_have_no_distance():
    """Two constant columns of one value differ by 0, of two values by their difference."""
    assert (0.0, 0.0, 0.0, 1.0) == distance(np.zeros(5), np.zeros(9), np.array([0.0]))
    assert (2.0, 2.0) == distance(np.full(50, 5.0), np.full(90, 3.0), np.array([3.0]))[:2]
