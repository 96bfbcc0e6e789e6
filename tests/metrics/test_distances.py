"""Distances and descriptions through fit and check agree with SciPy and NumPy."""

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from driftline.profiles.batch import Batch
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.categories import Categories
from driftline.stats.divergence import shannon_divergence

from .conftest import ALL

EXACT = 1e-9


def on_edges(seed):
    """Two samples whose values are few enough to be edges each, and reach equally far."""
    random = np.random.default_rng(seed)
    values = np.unique(random.normal(10, 5, 200).round(4))
    reference, current = random.choice(values, 3000), random.choice(values[20:], 700)
    return np.concatenate((values, reference)), np.concatenate((values[[0, -1]], current))


def continuous(seed):
    """Two samples with over 256 distinct values, the second a little shifted."""
    random = np.random.default_rng(seed)
    return random.lognormal(0, 1, 5000), random.lognormal(0.1, 1.1, 800)


@pytest.mark.parametrize("seed", range(3))
def test_distances_on_edges(numbers, seed):
    """Kolmogorov-Smirnov and Wasserstein distances are SciPy's where values lie on the edges."""
    reference, current = on_edges(seed)
    found = numbers({"x": reference}, {"x": current}, privacy=ALL)
    assert pytest.approx(stats.ks_2samp(reference, current).statistic, abs=EXACT) == found("ks", "x").value
    expected = stats.wasserstein_distance(reference, current)
    assert pytest.approx(expected, rel=EXACT) == found("wasserstein", "x").value
    scale = np.diff(np.quantile(reference, [0.25, 0.75], method="inverted_cdf"))[0] / 1.3489795
    assert pytest.approx(expected / scale, rel=EXACT) == found("wasserstein_scaled", "x").value


@pytest.mark.parametrize("seed", range(5))
def test_distances_between_edges(numbers, seed):
    """For continuous values SciPy's exact distance lies in the interval, and near the value."""
    reference, current = continuous(seed)
    found = numbers({"x": reference}, {"x": current})
    ks, far = found("ks", "x"), found("wasserstein", "x")
    exact = stats.ks_2samp(reference, current).statistic
    assert ks.low <= exact <= ks.high
    assert pytest.approx(exact, abs=1 / 128) == ks.value
    exact = stats.wasserstein_distance(reference, current)
    assert far.low <= exact <= far.high
    assert pytest.approx(exact, rel=0.05) == far.value


@pytest.mark.parametrize("seed", range(3))
def test_moments_and_quantiles(numbers, seed):
    """Mean, deviation, extremes and quantiles are NumPy's; the latter where values lie on the edges."""
    reference, current = on_edges(seed)
    found = numbers({"x": reference}, {"x": np.concatenate((current, [np.nan, np.inf]))}, privacy=ALL)
    expected = {
        "mean": current.mean(), "std": current.std(ddof=1), "minimum": current.min(), "maximum": current.max(),
        "quantile_5": np.quantile(current, 0.05), "quantile_25": np.quantile(current, 0.25),
        "median": np.median(current),
        "quantile_75": np.quantile(current, 0.75), "quantile_95": np.quantile(current, 0.95),
        "distinct": np.unique(current).size,
    }  # fmt: skip
    for metric, value in expected.items():
        assert pytest.approx(value, rel=EXACT) == found(metric, "x").value, metric
    t = stats.t.interval(0.95, current.size - 1, current.mean(), stats.sem(current))
    assert pytest.approx(t, rel=EXACT) == (found("mean", "x").low, found("mean", "x").high)


@pytest.mark.parametrize("seed", range(3))
def test_quantiles_between_edges(numbers, seed):
    """For continuous values NumPy's exact quantile lies in the interval, and near the value."""
    reference, current = continuous(seed)
    found = numbers({"x": reference}, {"x": current})
    for metric, q in {"quantile_5": 0.05, "quantile_25": 0.25, "median": 0.5, "quantile_75": 0.75}.items():
        verdict, exact = found(metric, "x"), np.quantile(current, q)
        assert verdict.low <= exact <= verdict.high
        assert pytest.approx(exact, rel=0.05) == verdict.value
    assert pytest.approx(current.mean(), rel=EXACT) == found("mean", "x").value
    assert pytest.approx(current.std(ddof=1), rel=EXACT) == found("std", "x").value


def test_heavy_offset(numbers):
    """A deviation of 1 on a mean of a billion is not lost to cancellation."""
    values = 1e9 + np.random.default_rng(0).normal(size=5000)
    found = numbers({"x": values}, {"x": values[:1000]})
    assert pytest.approx((values[:1000] - 1e9).std(ddof=1), rel=1e-7) == found("std", "x").value


@pytest.mark.parametrize("seed", range(3))
def test_chi_square(numbers, seed):
    """The p-value of categories is that of SciPy's chi-square test where every expectation is large."""
    random = np.random.default_rng(seed)
    now, was = random.multinomial(800, [0.3, 0.4, 0.3]), random.multinomial(5000, [0.35, 0.35, 0.3])
    found = numbers({"c": np.repeat(["a", "b", "c"], was)}, {"c": np.repeat(["a", "b", "c"], now)})
    expected = stats.chi2_contingency([now, was], correction=False)
    assert pytest.approx(expected.pvalue, rel=EXACT) == found("chi2", "c").p_value
    monitor, current = found.monitor, Profile(found.monitor.plan)
    current.absorb(Batch(pl.DataFrame({"c": np.repeat(["a", "b", "c"], now)})))
    order = ["abc".index(name) for name in monitor.plan.by_name["c"].categories]
    counts = current.columns["c"].get(Categories).counts
    assert now[order].tolist() == counts.tolist()
    expected = jensenshannon(now / now.sum(), was / was.sum(), base=2)
    assert pytest.approx(expected, rel=EXACT) == np.sqrt(shannon_divergence(counts / 800, was[order] / 5000))


def test_jensen_shannon(numbers):
    """Of many rows, the Jensen-Shannon distance is SciPy's but for the bias of sampling that is taken off."""
    random = np.random.default_rng(1)
    p, q = [0.2, 0.5, 0.3], [0.4, 0.4, 0.2]
    found = numbers({"c": random.choice([*"abc"], 50_000, p=q)}, {"c": random.choice([*"abc"], 50_000, p=p)})
    verdict, exact = found("jensen_shannon", "c"), jensenshannon(p, q, base=2)
    assert verdict.low <= exact <= verdict.high
    assert pytest.approx(exact, abs=0.005) == verdict.value


def test_missing_and_new_are_part_of_it(numbers):
    """Missing and new values alone are seen by the divergences, and counted right by their own metrics."""
    reference = {"c": ["a"] * 500 + ["b"] * 500}
    found = numbers(reference, {"c": ["a"] * 400 + ["b"] * 400 + [None] * 120 + ["z"] * 80})
    assert (0.12, 0.08) == (found("missing", "c").value, found("new_categories", "c").value)
    assert {"z": 80} == found("new_categories", "c").detail["names"]
    counts = np.array([[400, 400, 120, 80], [500, 500, 0, 0]])
    exact = jensenshannon(*(counts / 1000), base=2)
    assert pytest.approx(exact, abs=0.01) == found("jensen_shannon", "c").value
    assert found("chi2", "c").p_value < 1e-30
