"""Intervals against SciPy, scikit-learn and published figures."""

import numpy as np
import pytest
from scipy.stats import binomtest, chi2, norm, t
from sklearn.metrics import f1_score, roc_auc_score

from driftline.stats import intervals


def test_wilson_is_scipys():
    """The score interval agrees with SciPy's and with the published one of 81 in 263 (Newcombe, 1998)."""
    for k, n in ((0, 10), (1, 10), (81, 263), (10, 10)):
        expected = binomtest(k, n).proportion_ci(method="wilson")
        assert (k / n, expected.low, expected.high) == pytest.approx(intervals.wilson(k, n), abs=1e-12)
    assert (0.3080, 0.2553, 0.3662) == pytest.approx(intervals.wilson(81, 263), abs=5e-5)


def test_mean_is_students():
    """The interval of a mean agrees with SciPy's t distribution."""
    x = np.array([1.0, 2.0, 4.0, 8.0])
    expected = t.interval(0.9, 3, loc=x.mean(), scale=x.std(ddof=1) / 2)
    value, *limits = intervals.mean(x.mean(), ((x - x.mean()) ** 2).sum(), 4, 0.9)
    assert 3.75 == value
    assert expected == pytest.approx(limits, rel=1e-12)


def test_std_is_numpys():
    """The standard deviation agrees with NumPy's, inside its interval."""
    x = np.random.default_rng(0).normal(size=50)
    d = x - x.mean()
    value, low, high = intervals.std((d**2).sum(), (d**4).sum(), 50)
    assert x.std(ddof=1) == pytest.approx(value, rel=1e-12)
    assert low < value < high


def test_poisson_is_garwoods():
    """The interval of a count agrees with SciPy's chi-square quantiles."""
    for k in (1, 7, 1000):
        expected = (k, chi2.ppf(0.025, 2 * k) / 2, chi2.ppf(0.975, 2 * k + 2) / 2)
        assert expected == pytest.approx(intervals.poisson(k), rel=1e-9)
    assert (0.0, 0.0) == intervals.poisson(0)[:2]


def test_difference_is_newcombes():
    """The difference of 56 in 70 and 48 in 80 has the published interval (Newcombe, 1998, method 10)."""
    value, low, high, p_value = intervals.difference(intervals.wilson(56, 70), intervals.wilson(48, 80))
    assert (0.2, 0.0524, 0.3339) == pytest.approx((value, low, high), abs=5e-5)
    assert 0.001 < p_value < 0.05


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_difference_inverts_its_interval(confidence):
    """The p-value is below 1 - confidence just where the interval leaves out 0."""
    for now in np.linspace(0, 1, 41):
        value, low, high, p_value = intervals.difference((now, now - 0.1, now + 0.2), (0.5, 0.3, 0.6), confidence)
        assert (p_value < 1 - confidence) == (low > 0 or high < 0)
        assert low <= value <= high


def test_f1_is_sklearns():
    """F1 agrees with scikit-learn, and has limits at its bounds."""
    rng = np.random.default_rng(1)
    truth, answer = rng.integers(0, 2, 80), rng.integers(0, 2, 80)
    tp, fp, fn = (int(np.sum((truth == a) & (answer == b))) for a, b in ((1, 1), (0, 1), (1, 0)))
    assert f1_score(truth, answer) == pytest.approx(intervals.f1(tp, fp, fn)[0], rel=1e-12)
    assert 1.0 == intervals.f1(9, 0, 0)[2] > intervals.f1(9, 0, 0)[1] > 0
    assert 0.0 == intervals.f1(0, 4, 5)[1] < intervals.f1(0, 4, 5)[2] < 1


@pytest.mark.parametrize("digits", [0, 1, 9])
def test_auc_is_sklearns(digits):
    """With a bin for each score, the area agrees with scikit-learn, ties included."""
    rng = np.random.default_rng(2)
    truth = rng.random(500) < 0.2
    score = (rng.normal(size=500) + truth).round(digits)
    _, places = np.unique(score, return_inverse=True)
    value, low, high = intervals.auc(np.bincount(places, truth), np.bincount(places, ~truth))
    assert roc_auc_score(truth, score) == pytest.approx(value, abs=1e-12)
    assert 0 < low < value < high < 1


def test_auc_at_its_bounds():
    """A perfect or useless ranking of few rows has a finite interval that more rows narrow."""
    few, many = intervals.auc([0, 5], [5, 0]), intervals.auc([0, 500], [500, 0])
    assert (1.0, 1.0, 1.0, 1.0) == (few[0], few[2], many[0], many[2])
    assert 0.5 < few[1] < many[1] < 1
    assert intervals.auc([5, 0], [0, 5]) == pytest.approx((0.0, 0.0, 1 - few[1]))


def test_delta_is_normal():
    """A linear function of two means has the textbook interval."""
    error = np.sqrt((1 * 2.0 + 4 * 3.0 - 2 * 2 * 0.5) / 50)
    expected = (1.0, *norm.interval(0.95, 1, error))
    assert expected == pytest.approx(intervals.delta(1.0, [1, -2], [[2, 0.5], [0.5, 3]], 50), rel=1e-12)


def test_prediction_limit():
    """One more normal value exceeds the limit about as often as it says."""
    values = np.random.default_rng(6).normal(5, 2, (20_000, 15))
    over = [value > intervals.upper_prediction(past, 0.02) for *past, value in values.tolist()]
    assert 0.02 == pytest.approx(np.mean(over), abs=0.003)


def test_no_rows_give_nan():
    """Without rows, or with too few, there is no value or no interval, and no warning."""
    nan = [
        intervals.wilson(0, 0), intervals.mean(0.0, 0.0, 0), intervals.std(0.0, 0.0, 1), intervals.f1(0, 0, 0),
        intervals.auc([0, 0], [1, 2]), intervals.auc([], []), intervals.delta(1.0, [1.0], [[1.0]], 0),
        intervals.mean(1.0, 0.0, 1)[1:], intervals.std(1.0, 1.0, 5)[1:], intervals.std(np.inf, np.inf, 50),
        intervals.difference(intervals.wilson(0, 0), intervals.wilson(1, 2)), [intervals.upper_prediction([1.0], 0.1)],
    ]  # fmt: skip
    assert np.isnan(np.concatenate(nan)).all()
    assert (0.0, 0.0, 0.0) == intervals.std(0.0, 0.0, 9)
