"""Metrics through fit and check agree with statsmodels, wherever both have the statistic."""

import numpy as np
import pytest
from statsmodels.distributions.empirical_distribution import ECDF
from statsmodels.regression.linear_model import OLS
from statsmodels.robust.scale import iqr
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.nonparametric import rank_compare_2indep
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest
from statsmodels.stats.rates import confint_poisson
from statsmodels.stats.stattools import jarque_bera
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW
from statsmodels.tools.eval_measures import bias, meanabs, medianabs, rmse

from driftline import registry
from driftline.stats.intervals import poisson
from driftline.types import Level


def close(expected):
    return pytest.approx(expected, rel=1e-9, abs=1e-15)


def on_edges(seed):
    """Two samples of at most 256 values, all edges of the plan, of n = 1 + a multiple of 20 rows."""
    random = np.random.default_rng(seed)
    was = np.round(random.normal(20, 3, 2001), 1)
    return was, random.choice(was[was > 18], 301)


@pytest.mark.parametrize("seed", range(3))
def test_numbers(numbers, seed):
    """Means, deviations, shape, quantiles, their intervals, t-tests, ranks and gaps of cumulative shares."""
    was, now = on_edges(seed)
    found = numbers({"x": was}, {"x": now})
    one, both = DescrStatsW(now), CompareMeans.from_data(now, was)
    mean = found("mean", "x")
    assert close((one.mean, *one.tconfint_mean())) == (mean.value, mean.low, mean.high)
    weighted = DescrStatsW(*np.unique(now, return_counts=True), ddof=1)
    assert close(weighted.std) == found("std", "x").value
    shares = {"quantile_5": 0.05, "quantile_25": 0.25, "median": 0.5, "quantile_75": 0.75, "quantile_95": 0.95}
    for (metric, _), expected in zip(shares.items(), weighted.quantile([*shares.values()]), strict=True):
        assert close(expected) == found(metric, "x").value, metric
    skewness, kurtosis = jarque_bera(now)[2:]
    assert close((skewness, kurtosis - 3)) == (found("skewness", "x").value, found("kurtosis", "x").value)
    for metric, usevar in (("student", "pooled"), ("welch", "unequal")):
        assert close(both.ttest_ind(usevar=usevar)[1]) == found(metric, "x").p_value
    assert close(2 * rank_compare_2indep(now, was).prob1 - 1) == found("mann_whitney", "x").value
    gaps = ECDF(now)(np.unique(was)) - ECDF(was)(np.unique(was))
    assert close(np.abs(gaps).max()) == found("ks", "x").value
    assert close(gaps.max().clip(0) - gaps.min().clip(max=0)) == found("kuiper", "x").value
    assert close(iqr(was)) == found("wasserstein", "x").value / found("wasserstein_scaled", "x").value


@pytest.mark.parametrize(("k", "past"), [(0, 30), (30, 120), (290, 1500)])
def test_shares(numbers, k, past):
    """Wilson's interval of a share, Newcombe's of two, the z-test, and Woolf's of the odds with half a row added."""
    n, m = 300, 2000
    columns = [
        {
            "x": np.where(np.arange(rows) < hits, np.nan, np.arange(rows)),
            "c": np.repeat(["yes", "no"], [hits, rows - hits]),
        }
        for hits, rows in ((past, m), (k, n))
    ]
    found = numbers(*columns)
    missing, share, odds = found("nan", "x"), found("proportions", "c"), found("fisher", "c")
    assert close(proportion_confint(k, n, method="wilson")) == (missing.low, missing.high)
    assert close(confint_proportions_2indep(k, n, past, m, method="newcomb")) == (share.low, share.high)
    expected = confint_proportions_2indep(k, n, past, m, compare="odds-ratio", method="logit-adjusted")
    assert close(np.log(expected)) == (odds.low, odds.high)
    if k:
        assert close(proportions_ztest([k, past], [n, m])[1]) == share.p_value


@pytest.mark.parametrize("k", [0, 3, 700])
def test_counts_of_events(k):
    """The exact interval of a count is Garwood's there too."""
    assert close(confint_poisson(k, 1, method="exact-c")) == poisson(k)[1:]


def test_categories(numbers):
    """Pearson's test of a table of two sides, and the distances that are functions of its statistic and cells."""
    now, was = np.array([80, 300, 320]), np.array([900, 2000, 1900])
    found = numbers({"c": np.repeat(["a", "b", "c"], was)}, {"c": np.repeat(["a", "b", "c"], now)})
    table = Table(np.array([now, was]), shift_zeros=False)
    assert close(table.test_nominal_association().pvalue) == found("chi2", "c").p_value
    assert close(np.abs(now / now.sum() - was / was.sum()).max()) == found("l_infinity", "c").value


def test_errors_of_a_model(numbers):
    """Errors of predictions, and the share of variance that a least-squares fit explains."""
    random = np.random.default_rng(5)
    x = np.column_stack((np.ones(800), random.normal(size=(800, 2))))
    y = x @ [3.0, 1.0, -2.0] + random.normal(size=800)
    fitted = OLS(y, x).fit()
    rows = {"y": y, "p": fitted.fittedvalues}
    found = numbers(rows, rows, target="y", prediction="p")
    expected = {"rmse": rmse, "mae": meanabs, "mean_error": bias}
    for metric, of in expected.items():
        assert close(of(rows["p"], y)) == found(metric).value, metric
    assert pytest.approx(medianabs(rows["p"], y), rel=0.008) == found("median_absolute_error").value
    assert close(fitted.rsquared) == found("r2").value == close(found("explained_variance").value)


def test_false_discoveries(numbers):
    """What a check calls significant among its judged verdicts is what Benjamini and Hochberg's procedure rejects."""
    random = np.random.default_rng(9)
    names = [f"c{i}" for i in range(40)]
    reference = {name: random.normal(size=4000) for name in names}
    current = {name: random.normal(0.02 * i, 1, size=400) for i, name in enumerate(names)}
    metrics = {"jensen_shannon": {"threshold": 0.0}}  # everything matters: significance alone decides
    result = numbers(reference, current, metrics=metrics).result
    tested = [one for one in result if one.judged and one.p_value is not None and one.metric == "jensen_shannon"]
    others = [
        one.p_value
        for one in result
        if one.judged and one.p_value is not None and one not in tested
        if registry.find("metrics", one.metric).compares or one.value or one.reference  # 0 on both sides is no test
    ]
    rejected = multipletests([one.p_value for one in tested] + others, 0.05, "fdr_bh")[0][: len(tested)]
    assert rejected.tolist() == [one.level is not Level.OK for one in tested]
    assert 5 < rejected.sum() < 35
