"""Metrics of a regression against scikit-learn and simulation."""

import numpy as np
import pytest
from sklearn import metrics

SAID = {"target": "y", "prediction": "p", "model": {"task": "regression"}}
NAMES = ("smape", "rmsle", "median_absolute_error", "absolute_error_90", "absolute_error_95", "explained_variance")


def draw(rng, n):
    y = rng.lognormal(2, 0.7, n)
    return {"y": y, "p": y * rng.lognormal(0.05, 0.3, n)}


def test_agrees_with_scikit_learn(folded, measure):
    """Exact ones agree to 1e-9, quantiles of the error to the 0.8 % of their bins."""
    rows = draw(np.random.default_rng(0), 3000)
    y, p = rows["y"], rows["p"]
    profile = folded(rows, **SAID)
    expected = metrics.root_mean_squared_log_error(y, p)
    assert expected == pytest.approx(measure("rmsle", profile).value, rel=1e-9)
    expected = metrics.explained_variance_score(y, p)
    assert expected == pytest.approx(measure("explained_variance", profile).value, rel=1e-9)
    expected = float(np.mean(2 * np.abs(p - y) / (np.abs(p) + np.abs(y))))
    assert expected == pytest.approx(measure("smape", profile).value, rel=1e-9)
    expected = metrics.median_absolute_error(y, p)
    assert expected == pytest.approx(measure("median_absolute_error", profile).value, rel=0.008)
    for q in (90, 95):
        expected = np.quantile(np.abs(p - y), q / 100)
        assert expected == pytest.approx(measure(f"absolute_error_{q}", profile).value, rel=0.008)


def test_intervals_cover(coverage):
    """Intervals cover as their docstrings say, on errors that grow with a skewed target."""
    rng = np.random.default_rng(1)
    found = coverage(NAMES, lambda n: draw(rng, n), 300, **SAID)
    assert 0.84 <= found.pop("explained_variance") <= 0.96
    assert {} == {name: share for name, share in found.items() if not 0.91 <= share <= 0.995}


def test_rows_left_out_are_told(folded, measure):
    """The logarithmic error says how many rows it cannot use."""
    found = measure("rmsle", folded({"y": [1.0, -1.0, 3.0, 2.0], "p": [1.0, 1.0, 3.0, -5.0]}, **SAID))
    assert (0.0, 2, "2 rows at -1 or less left out") == (found.value, found.n, found.says)


BIG = 1.7e308


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([], []),
        ([1.0], [2.0]),
        ([0.0] * 5, [0.0] * 5),
        ([0.0] * 3, [1.0, 2.0, 3.0]),
        ([3.0] * 5, [3.0] * 5),
        ([float("nan"), None, float("inf")], [1.0, 2.0, 3.0]),
        ([1e300] * 5 + [-1e300], [-1e300, BIG, 1e-300, 0.0, 5e-324, -BIG]),
        ([-BIG, BIG, 0.0], [BIG, -BIG, 1e-300]),
        ([1e-300, 2e-300, 5e-324], [2e-300, 1e-300, 0.0]),
        ([-5.0, -1.0], [-3.0, -1.0]),
        ([1e200, 2e200, 3e200, 4e200], [1e200] * 4),
        ([1e-300, 2e-300, 3e-300, 4e-300], [1e-300] * 4),
    ],
)
def test_bad_rows(total, folded, y, p):
    """No rows, constant, huge, tiny and non-finite ones give a number in its range, or none."""
    columns = {"y": np.array(y, dtype=float), "p": np.array(p, dtype=float)}
    names = (*NAMES, "mae", "mean_error", "rmse", "mape", "r2")
    total(names, columns, folded(draw(np.random.default_rng(2), 50), **SAID).plan)
    if y:
        total(names, columns, **SAID)
