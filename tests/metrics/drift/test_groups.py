"""Drift over groups of values against SciPy and the definitions, and what intervals and p-values promise."""

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency
from scipy.stats.contingency import association

from driftline import registry
from driftline.stats import divergence, proportions
from driftline.stats.homogeneity import homogeneity_p

GROUPED = ("hellinger", "total_variation", "l_infinity", "kl", "g_test", "cramers_v")
EQUAL, ZIPF = np.full(10, 0.1), 1 / np.arange(1, 31) / np.sum(1 / np.arange(1, 31))
SHAPES = {"equal": EQUAL, "zipf": ZIPF, "missing": np.array([0.98, 0.02]), "both": np.append(EQUAL * 0.98, 0.02)}
ESTIMATES = {
    "hellinger": divergence.hellinger,
    "kl": divergence.kullback_leibler,
    "g_test": divergence.uncertainty,
    "cramers_v": divergence.cramers_v,
    "total_variation": lambda a, b: proportions.total_variation(a, b, homogeneity_p(a, b)),
    "l_infinity": lambda a, b: proportions.largest_gap(a, b, homogeneity_p(a, b)),
}


def tilted(p, strength):
    q = p * np.exp(strength * np.linspace(-1, 1, len(p)))
    return q / q.sum()


def truths(p, q, weight):
    """The definitions, written out; `weight` is the current's share of the rows."""
    middle = weight * p + (1 - weight) * q
    information = np.sum(weight * p * np.log(p / middle) + (1 - weight) * q * np.log(q / middle))
    return {
        "hellinger": np.sqrt(1 - np.sum(np.sqrt(p * q))),
        "kl": np.sum(p * np.log(p / q)),
        "g_test": information / -(weight * np.log(weight) + (1 - weight) * np.log(1 - weight)),
        "cramers_v": np.sqrt(weight * (1 - weight) * np.sum((p - q) ** 2 / middle)),
        "total_variation": np.abs(p - q).sum() / 2,
        "l_infinity": np.abs(p - q).max(),
    }


@pytest.mark.parametrize("name", ESTIMATES)
def test_many_rows_give_the_definition(name):
    """With ten million rows against thirty, bias and added rows no longer show."""
    p, q = tilted(ZIPF, 0.5), ZIPF
    value, low, high = ESTIMATES[name](np.rint(p * 1e7), np.rint(q * 3e7))[:3]
    assert truths(p, q, 0.25)[name] == pytest.approx(value, rel=1e-3)
    assert low < value < high < low * 1.05


def test_plain_forms_are_the_definitions():
    """Without the correction for sampling, they are the definitions to 1e-12."""
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(10)), rng.dirichlet(np.ones(10))
    expected = truths(p, q, 0.5)
    assert expected["hellinger"] == pytest.approx(divergence.squared_hellinger(p, q) ** 0.5, rel=1e-12)
    assert expected["kl"] == pytest.approx(divergence.relative_entropy(p, q), rel=1e-12)
    assert expected["total_variation"] == pytest.approx(proportions.half_l1(p, q), rel=1e-12)
    assert expected["l_infinity"] == pytest.approx(proportions.largest_gap(p * 1e6, q * 1e6)[0], rel=1e-12)


def test_statistics_agree_with_scipy():
    """Cramer's V and G are SciPy's to 1e-12, and the p-value is that of G with Williams' correction."""
    table = np.random.default_rng(1).integers(20, 90, (2, 12))
    found = chi2_contingency(table, lambda_="log-likelihood", correction=False)
    p, q, weight = divergence.shares(*table)
    cramers_v = divergence.phi_squared(weight).of(p, q) ** 0.5
    assert association(table, method="cramer") == pytest.approx(cramers_v, rel=1e-12)
    assert found.statistic == pytest.approx(divergence.g_statistic(*table), rel=1e-12)
    total, (rows, columns) = table.sum(), (table.sum(axis=1), table.sum(axis=0))
    williams = 1 + (total * np.sum(1 / rows) - 1) * (total * np.sum(1 / columns) - 1) / (6 * total * 11)
    p_value = divergence.uncertainty(*table)[3]
    assert chi2.sf(found.statistic / williams, 11) == pytest.approx(p_value, rel=1e-9)
    assert found.pvalue == pytest.approx(p_value, rel=0.05)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("n", "m"), [(30, 1000), (100, 1000), (1000, 10000)])
def test_g_test_is_honest(name, n, m):
    """Where nothing has changed, at most 6.5% of p-values are at most 5%, as far as 600 samples tell."""
    rng, p = np.random.default_rng(n), SHAPES[name]
    rows = zip(rng.multinomial(n, p, 600), rng.multinomial(m, p, 600), strict=True)
    assert np.mean([divergence.uncertainty(a, b)[3] <= 0.05 for a, b in rows]) <= 0.065 + 0.015


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("strength", [0, 0.5])
@pytest.mark.parametrize(("n", "m"), [(100, 1000), (1000, 10000)])
def test_intervals_cover(shape, strength, n, m):
    """95% intervals hold the truth in at least 92% of samples; in 90% over 30 uneven groups, Cramer's V in 87%."""
    rng, q = np.random.default_rng(7), SHAPES[shape]
    p = tilted(q, strength)
    rows = list(zip(rng.multinomial(n, p, 200), rng.multinomial(m, q, 200), strict=True))
    for name, estimate in ESTIMATES.items():
        true = truths(p, q, n / (n + m))[name] if strength else 0.0
        found = np.array([estimate(a, b)[:3] for a, b in rows])
        inside = np.mean((found[:, 1] <= true + 1e-12) & (true <= found[:, 2]))
        assert (0.92 if shape != "zipf" else 0.87 if name == "cramers_v" else 0.9) <= inside, name


@pytest.mark.parametrize("name", GROUPED)
@pytest.mark.parametrize("kind", ["numeric", "categorical"])
def test_missing_values_are_part_of_the_distribution(name, kind, pair):
    """A fifth of the values missing where none was is a large and significant change, of numbers and of labels."""
    rng = np.random.default_rng(2)
    reference = rng.normal(size=2000) if kind == "numeric" else rng.choice(list("abcd"), 2000)
    current = [None if i % 5 == 0 else value for i, value in enumerate(reference.tolist()[:1000])]
    found = registry.find("metrics", name)(*pair(current, reference.tolist()))
    assert found.p_value < 1e-9
    assert found.low > registry.find("metrics", name).threshold
