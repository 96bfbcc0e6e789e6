"""Residuals against SciPy's two-sample test, and what a mean absolute error does not see."""

import numpy as np
import pytest
from scipy import stats

from driftline.testing.examples import measure


def sides(now, was):
    """The metric of residuals (n,) and (m,), whose targets are far from 0."""
    rows = [{"target": np.full(r.size, 50.0), "prediction": 50.0 + r} for r in (now, was)]
    return measure("residual_drift", *rows, model={"task": "regression"})


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_scipy(seed):
    """The distance is SciPy's to what a bin of 0.8 % can hide, with residuals of both signs and none."""
    random = np.random.default_rng(seed)
    now = random.normal(0.3 * seed, 1 + 0.2 * seed, 700)
    now[:50] = 0.0
    was = random.normal(size=900)
    assert pytest.approx(stats.ks_2samp(now, was).statistic, abs=0.012) == sides(now, was).value


def test_bias_that_the_absolute_error_hides():
    """Errors of the same sizes that are all too high have the same mean absolute error, and drift."""
    random = np.random.default_rng(3)
    was = random.normal(size=2_000)
    estimate = sides(np.abs(random.normal(size=2_000)), was)
    assert estimate.low > 0.15
    assert sides(random.normal(size=2_000), was).low < 0.05
