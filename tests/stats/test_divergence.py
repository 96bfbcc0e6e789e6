"""Divergences against SciPy, and what their intervals and p-values promise, by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import binomtest, chi2_contingency, entropy

from driftline.stats.divergence import (
    chi_distance,
    jeffreys_divergence,
    jensen_shannon,
    le_cam_divergence,
    psi,
    shannon_divergence,
)
from driftline.stats.homogeneity import homogeneity_p

ESTIMATES = {"psi": psi, "jensen_shannon": jensen_shannon, "chi_distance": chi_distance}
PLAIN = {
    "psi": jeffreys_divergence,
    "jensen_shannon": lambda p, q: shannon_divergence(p, q) ** 0.5,
    "chi_distance": lambda p, q: le_cam_divergence(p, q) ** 0.5,
}
EQUAL, ZIPF = np.full(10, 0.1), 1 / np.arange(1, 31) / np.sum(1 / np.arange(1, 31))
SHAPES = {"equal": EQUAL, "zipf": ZIPF, "missing": np.array([0.98, 0.02]), "both": np.append(EQUAL * 0.98, 0.02)}
COUNTS = st.integers(0, 10**9)


def tilted(p, strength):
    q = p * np.exp(strength * np.linspace(-1, 1, len(p)))
    return q / q.sum()


def test_plain_forms_agree_with_scipy():
    """The plain forms are SciPy's to 1e-12."""
    rng = np.random.default_rng(0)
    for bins in (2, 10, 300):
        p, q = rng.dirichlet(np.ones(bins)), rng.dirichlet(np.ones(bins))
        assert jensenshannon(p, q, base=2) == pytest.approx(PLAIN["jensen_shannon"](p, q), abs=1e-12)
        assert entropy(p, q) + entropy(q, p) == pytest.approx(jeffreys_divergence(p, q), rel=1e-12)
        assert np.sqrt(np.sum((p - q) ** 2 / (p + q)) / 2) == pytest.approx(PLAIN["chi_distance"](p, q), rel=1e-12)


@pytest.mark.parametrize("name", ESTIMATES)
def test_many_rows_give_the_plain_value(name):
    """With ten million rows a side, bias and added rows no longer show."""
    p, q = tilted(ZIPF, 0.5), ZIPF
    value, low, high, p_value = ESTIMATES[name](np.rint(p * 1e7), np.rint(q * 1e7))
    assert PLAIN[name](p, q) == pytest.approx(value, rel=1e-3)
    assert low < value < high < low * 1.05
    assert p_value < 1e-9


@pytest.mark.parametrize("name", ESTIMATES)
@given(pairs=st.lists(st.tuples(COUNTS, COUNTS), max_size=12))
def test_every_count_has_an_outcome(name, pairs):
    """Whatever the counts, the interval holds the value, or all is nan where a side has no rows."""
    now, was = [a for a, _ in pairs], [b for _, b in pairs]
    value, low, high, p_value = ESTIMATES[name](now, was)
    if not sum(now) or not sum(was):
        assert np.isnan([value, low, high, p_value]).all()
    else:
        assert 0 <= low <= value <= high
        assert 0 <= p_value <= 1


def test_one_bin_is_no_drift():
    """Where both sides have all rows in one bin, nothing has changed."""
    assert (0.0, 0.0, 0.0, 1.0) == psi([5], [7]) == jensen_shannon([0, 5], [0, 7]) == chi_distance([5, 0], [7, 0])


def test_homogeneity_is_pearsons_where_bins_are_full():
    """With at least 5 rows expected everywhere it is SciPy's chi-square test."""
    rng = np.random.default_rng(1)
    table = rng.integers(20, 60, (2, 12))
    assert chi2_contingency(table, correction=False).pvalue == pytest.approx(homogeneity_p(*table), rel=1e-9)


def test_homogeneity_is_binomial_where_a_bin_is_rare():
    """A single rare bin is tested by the binomial distribution of its rows, both tails alike."""
    expected = 2 * binomtest(6, 8, 100 / 1100, alternative="greater").pvalue
    assert expected == pytest.approx(homogeneity_p([94, 6], [998, 2]), rel=1e-9)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("n", [30, 100, 1000])
def test_p_value_is_honest(name, n):
    """Where nothing has changed, at most 6.5% of p-values are at most 5%."""
    rng, p = np.random.default_rng(n), SHAPES[name]
    for m in (100, 1000, 10000):
        rows = zip(rng.multinomial(n, p, 1500), rng.multinomial(m, p, 1500), strict=True)
        assert np.mean([homogeneity_p(a, b) <= 0.05 for a, b in rows]) <= 0.065


def test_rare_values_that_appear_are_seen():
    """Half of 30 rows missing where a fiftieth was, or a new category among 30, is significant."""
    assert homogeneity_p([15, 15], [980, 20]) < 1e-6
    assert homogeneity_p([*(ZIPF * 20).astype(int), 10], [*(ZIPF * 10000).astype(int), 0]) < 0.01


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("strength", [0, 0.2, 1])
@pytest.mark.parametrize(("n", "m"), [(100, 1000), (1000, 1000), (1000, 10000)])
def test_intervals_cover(name, strength, n, m):
    """95% intervals hold the true divergence in 92.5 to 99.9% of samples, and more only where it is 0."""
    rng, q = np.random.default_rng(7), SHAPES[name]
    p = tilted(q, strength)
    rows = list(zip(rng.multinomial(n, p, 600), rng.multinomial(m, q, 600), strict=True))
    for kind, estimate in ESTIMATES.items():
        true = PLAIN[kind](p, q) if strength else 0.0
        inside = [low <= true <= high for _, low, high, _ in (estimate(a, b) for a, b in rows)]
        assert 0.925 <= np.mean(inside) <= (0.999 if strength else 1)


@pytest.mark.parametrize("name", ["equal", "both"])
def test_bias_is_removed(name):
    """The mean of PSI where nothing has changed is far below the (bins - 1) (1/n + 1/m) that sampling adds."""
    rng, p = np.random.default_rng(3), SHAPES[name]
    rows = zip(rng.multinomial(200, p, 1000), rng.multinomial(1000, p, 1000), strict=True)
    assert np.mean([psi(a, b)[0] for a, b in rows]) < 0.45 * (len(p) - 1) * (1 / 200 + 1 / 1000)
