"""Skewness and kurtosis against SciPy, and the family of a column."""

import numpy as np
import pytest
from scipy import stats

from driftline.stats import distribution_fit

RANDOM = np.random.default_rng(0)
ROWS = {
    "normal": RANDOM.normal(5, 2, 5000),
    "lognormal": RANDOM.lognormal(1, 1, 5000),
    "exponential": RANDOM.exponential(3, 5000),
    "gamma": RANDOM.gamma(3, 2, 5000),
    "uniform": RANDOM.uniform(2, 9, 5000),
    "heavy-tailed, Student's t": RANDOM.standard_t(2, 5000),
    "heavy-tailed, Pareto": RANDOM.pareto(1, 5000),
    "discrete": RANDOM.integers(0, 9, 5000).astype(float),
    "constant": np.full(5000, 1.5),
    "other": RANDOM.normal(size=5000) + 8 * RANDOM.integers(0, 2, 5000),
    "mixed": np.where(RANDOM.random(5000) < 0.4, 0.0, RANDOM.gamma(2, 1, 5000)),
}


@pytest.fixture(scope="module")
def check():
    """All columns against themselves."""
    from tests.metrics.conftest import ALL, Numbers  # noqa: PLC0415 - its fixture makes one a test

    return Numbers(ROWS, ROWS, privacy=ALL)


@pytest.mark.parametrize("name", ["normal", "lognormal", "exponential", "uniform"])
def test_moments(check, name):
    """Skewness and excess kurtosis are SciPy's."""
    assert pytest.approx(stats.skew(ROWS[name]), rel=1e-9) == check("skewness", name).value
    assert pytest.approx(stats.kurtosis(ROWS[name]), rel=1e-9) == check("kurtosis", name).value


def test_moments_without_spread(check):
    """A constant column has neither skewness nor kurtosis, and says why."""
    assert check("skewness", "constant").value is None
    assert "do not vary" in check("kurtosis", "constant").reason


@pytest.mark.parametrize("name", ROWS)
def test_family(check, name):
    """Each family is recognised from 5,000 rows, and fits to 3 % where it is one."""
    verdict = check("distribution_type", name)
    assert name == verdict.detail["family"]
    assert (verdict.value > 0.1) == (name == "other")
    assert verdict.value < 0.03 or name == "other"


def test_parameters(check):
    """The parameters are near the true ones."""
    assert "shape 3" in check("distribution_type", "gamma").reason
    assert "40" in check("distribution_type", "mixed").reason.split("are 0")[0]


def test_family_changed(numbers):
    """The reason tells when the family is another one than in the reference; it is described only."""
    verdict = numbers({"x": ROWS["normal"]}, {"x": ROWS["uniform"]})("distribution_type", "x")
    assert "in the reference normal" in verdict.reason
    assert not verdict.judged


def test_distance_is_the_largest_gap():
    """The fit's distance agrees with SciPy's Kolmogorov-Smirnov distance from the fitted distribution to 2 %."""
    rows = np.sort(ROWS["normal"])
    edges = rows[np.arange(1, 256) * rows.size // 256]
    upto = np.searchsorted(rows, edges, "left"), np.searchsorted(rows, edges, "right")
    counts = np.diff(np.concatenate(([0], np.column_stack(upto).ravel(), [rows.size])))
    fit = distribution_fit.fit_best(edges, counts)
    mean, sd = (float(part.split()[-1]) for part in fit.parameters.split(","))
    assert abs(stats.kstest(rows, stats.norm(mean, sd).cdf).statistic - fit.distance) < 0.02
