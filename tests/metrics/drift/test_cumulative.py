"""Drift from cumulative distributions and ranks: SciPy's values, and what intervals and p-values promise."""

import numpy as np
import pytest
from scipy.stats import anderson_ksamp, cramervonmises_2samp, energy_distance, mannwhitneyu
from scipy.stats.distributions import norm

from driftline import registry
from driftline.stats.cdf_distances import cramer_von_mises
from driftline.stats.ecdf import kuiper_limit_p

NAMES = ("kuiper", "cramer_von_mises", "anderson_darling", "energy", "mann_whitney")


def taken(name, sides):
    return registry.find("metrics", name)(*sides)


def plain(now, was, scale):
    """All of the definitions, on the values themselves."""
    points = np.sort(np.concatenate((now, was)))
    f, g = (np.searchsorted(np.sort(side), points, "right") / side.size for side in (now, was))
    share = np.searchsorted(points, points, "right") / points.size
    inner = share < 1
    return {
        "kuiper": max(0, np.max(f - g)) + max(0, np.max(g - f)),
        "cramer_von_mises": np.sqrt(np.mean((f - g) ** 2)),
        "anderson_darling": np.sqrt(np.sum(((f - g) ** 2)[inner] / (share * (1 - share))[inner]) / points.size),
        "energy": energy_distance(now / scale, was / scale),
        "mann_whitney": 2 * mannwhitneyu(now, was).statistic / now.size / was.size - 1,
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("decimals", [1, 6])
def test_values_are_exact_where_they_lie_on_edges(name, decimals, pair):
    """With at most 256 distinct values, tied or not, the value is the definition's, which is SciPy's, to 1e-9."""
    rng = np.random.default_rng(decimals)
    was = rng.normal(50, 4, 240).round(decimals)
    now = np.concatenate((rng.choice(was, 100), was[was > 55]))
    sides = pair(now, was)
    assert plain(now, was, sides[0].plan.scale)[name] == pytest.approx(taken(name, sides).value, rel=1e-9)


def anderson_spread(n, m):
    """Standard deviation of A2 of two samples, by Scholz and Stephens (1987)."""
    size = n + m
    part = 1 / n + 1 / m
    h = float(np.sum(1 / np.arange(1, size)))
    g = sum(1 / ((size - i) * j) for i in range(1, size - 1) for j in range(i + 1, size))
    a = 4 * g - 6 + (10 - 6 * g) * part
    b = 12 * g - 22 + 8 * h + (2 * g - 14 * h - 4) * part
    c = 36 * h + 4 + (2 * h - 6) * part
    return np.sqrt((a * size**3 + b * size**2 + c * size + 24) / ((size - 1) * (size - 2) * (size - 3)))


def test_statistics_and_p_values_agree_with_scipy(pair):
    """T and A2 are SciPy's to 1e-9 where nothing is tied; U's p-value is to 1e-9, the others' to 0.004."""
    rng, ranks = np.random.default_rng(3), np.arange(200.0)
    chosen = rng.random(200) < np.linspace(0.2, 0.5, 200)
    now, was = ranks[chosen], ranks[~chosen]
    edges = np.concatenate((was, now))  # a plan knows only the reference's values: one of both, to have all as edges
    sides = pair(now, edges)[0], pair(was, edges)[0]
    unit = now.size * was.size / 200
    cvm, found = cramervonmises_2samp(now, was, method="asymptotic"), taken("cramer_von_mises", sides)
    assert cvm.statistic == pytest.approx(unit * found.value**2, rel=1e-9)
    assert cvm.pvalue == pytest.approx(found.p_value, abs=0.004)
    anderson, found = anderson_ksamp([now, was], variant="continuous"), taken("anderson_darling", sides)
    spread = anderson_spread(now.size, was.size)
    assert anderson.statistic == pytest.approx((unit * found.value**2 - 1) / spread, rel=1e-9)
    assert anderson.pvalue == pytest.approx(found.p_value, abs=0.004)
    u = mannwhitneyu(now, was, method="asymptotic")
    assert u.pvalue == pytest.approx(taken("mann_whitney", sides).p_value, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("n", "m", "shift"), [(200, 3000, 0.0), (900, 5000, 0.4), (40, 2000, 3.0)])
def test_values_between_edges_stay_within_the_bin_error(name, n, m, shift, pair):
    """Of continuous values the exact one is near the value, and in the interval."""
    rng = np.random.default_rng(n)
    now, was = rng.lognormal(shift, 1, n), rng.lognormal(0, 1, m)
    sides = pair(now, was)
    exact, found = plain(now, was, sides[0].plan.scale)[name], taken(name, sides)
    assert exact == pytest.approx(found.value, rel=0.02, abs=0.01)
    assert found.low <= exact <= found.high


@pytest.mark.parametrize("name", NAMES)
def test_bin_error_is_in_the_interval_whatever_the_bins(name, pair):
    """Where the reference's few values are no guide to where the current ones lie, the interval is wide enough."""
    rng = np.random.default_rng(8)
    was, now = rng.choice([0.0, 10.0], 500), rng.uniform(0, 10, 300)
    sides = pair(now, was, "numeric")
    exact, found = plain(now, was, sides[0].plan.scale)[name], taken(name, sides)
    assert found.low - 1e-12 <= exact <= found.high + 1e-12


def test_limit_of_kuiper():
    """Published quantiles of the limit distribution (Stephens 1970): 1.620, 1.747 and 2.001."""
    for quantile, expected in ((1.620, 0.1), (1.747, 0.05), (2.001, 0.01)):
        assert expected == pytest.approx(kuiper_limit_p(quantile), abs=3e-4)


def test_limit_of_cramer_von_mises():
    """With many rows, T at the published 5% point (Anderson and Darling 1952: 0.46136) has a p-value of 0.05."""
    rows = 10**6
    shift = np.sqrt(0.46136 * 2 / rows)  # a gap that is the same everywhere but at the ends
    counts = np.repeat([0, rows / 1000], 1000).reshape(2, -1).T.ravel()
    now, was = np.append(counts, 0), np.append(counts, 0)
    now[1] += shift * rows
    now[-2] -= shift * rows
    assert cramer_von_mises(now, was)[3] == pytest.approx(0.05, abs=0.002)


DRAWS = {
    "normal": lambda rng, size, shift: rng.normal(shift, 1, size),
    "integers": lambda rng, size, shift: np.floor(rng.exponential(5 * (1 + shift), size)),
    "lognormal": lambda rng, size, shift: rng.lognormal(shift, 1, size),
}


@pytest.fixture(scope="module")
def repeated(pair):
    """Estimates (metrics, times) of as many pairs of samples."""

    def take(draw, shift, n, m, times):
        rng = np.random.default_rng(n + m)
        sides = [pair(DRAWS[draw](rng, n, shift), DRAWS[draw](rng, m, 0)) for _ in range(times)]
        return [[taken(name, both) for both in sides] for name in NAMES]

    return take


@pytest.mark.parametrize("draw", DRAWS)
def test_p_values_are_honest(draw, repeated):
    """Where nothing has changed, 6.5% of p-values at most are at most 5%, as far as 250 samples tell."""
    for name, found in zip(NAMES, repeated(draw, 0, 60, 600, 250), strict=True):
        assert np.mean([one.p_value <= 0.05 for one in found]) <= 0.065 + 0.03, name


@pytest.mark.parametrize("draw", DRAWS)
def test_intervals_cover(draw, repeated):
    """95% intervals hold the true value after a shift in at least 91% of samples, as far as 150 tell."""
    rng = np.random.default_rng(0)
    now, was = DRAWS[draw](rng, 100_000, 0.4), DRAWS[draw](rng, 600_000, 0)
    scale = (np.quantile(was, 0.75) - np.quantile(was, 0.25)) / 1.3489795
    truths = plain(now, was, scale)
    for name, found in zip(NAMES, repeated(draw, 0.4, 100, 600, 150), strict=True):
        true = truths[name]
        slack = 0.02 * true if name == "energy" else 0.0  # its scale is the sample's
        assert np.mean([one.low - slack <= true <= one.high + slack for one in found]) >= 0.91, name


def test_normal_shift_of_two_fifths_is_near_the_thresholds(pair):
    """The thresholds are what the docstrings say: a shift by about 0.4 of a standard deviation."""
    was = norm.ppf((np.arange(20000) + 0.5) / 20000)
    for name in NAMES:
        metric = registry.find("metrics", name)
        assert metric.threshold == pytest.approx(metric(*pair(was + 0.4, was)).value, rel=0.12)
