"""Shares of one of two values against SciPy, and what intervals and p-values promise."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, fisher_exact

from driftline import registry
from driftline.stats.contingency import fisher_p, log_odds
from driftline.stats.homogeneity import homogeneity_p
from driftline.stats.intervals import difference, wilson

proportions, fisher = (registry.find("metrics", name) for name in ("proportions", "fisher"))


def test_p_values_agree_with_scipy():
    """Fisher's p is SciPy's to 1e-9, of tables of 1 to 3,000 rows a side."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        n, m = rng.integers(1, 3000, 2).tolist()
        share = rng.random()
        k, other = int(rng.binomial(n, share)), int(rng.binomial(m, min(1, share * rng.uniform(0.9, 1.1))))
        expected = fisher_exact([[k, n - k], [other, m - other]]).pvalue
        assert expected == pytest.approx(fisher_p((k, n), (other, m)), rel=1e-9, abs=1e-250)


def test_difference_is_that_of_newcombe():
    """The interval is that of Newcombe's (1998) published example, 56 of 70 against 48 of 80, method 10."""
    found = difference(wilson(56, 70), wilson(48, 80))[:3]
    assert (0.2, 0.0524, 0.3339) == pytest.approx(found, abs=5e-5)


@pytest.mark.parametrize("kind", ["boolean", "categorical"])
def test_a_columns_share_is_followed(kind, pair):
    """Of truth values "true" is followed, else the last in the order of text; missing ones do not count."""
    one, two = (True, False) if kind == "boolean" else ("yes", "no")
    sides = pair([one] * 60 + [two] * 40 + [None] * 10, [one] * 200 + [two] * 200)
    found = proportions(*sides)
    expected = chi2_contingency([[60, 40], [200, 200]], correction=False).pvalue
    assert (pytest.approx(0.1), pytest.approx(expected, rel=1e-9), 100) == (found.value, found.p_value, found.n)
    assert np.log(60.5 / 40.5) == pytest.approx(fisher(*sides).value)
    assert fisher_exact([[60, 40], [200, 200]]).pvalue == pytest.approx(fisher(*sides).p_value, rel=1e-9)


def test_three_values_are_not_two(pair):
    """A column of three values has no value to follow; a truth value that the reference never had has."""
    assert proportions(*pair(list("abc") * 9, list("abc") * 30)) is None
    assert fisher(*pair(list("abc") * 9, list("abc") * 30)) is None
    assert proportions(*pair([True] * 5 + [False] * 5, [False] * 50)).value == pytest.approx(0.5)


@pytest.mark.parametrize(("share", "change"), [(0.5, 0), (0.5, 0.1), (0.03, 0), (0.03, 0.1)])
@pytest.mark.parametrize("n", [30, 300])
def test_intervals_cover_and_p_values_are_honest(share, change, n):
    """95% intervals hold the truth in 93% of samples, 90% for odds of 1 row in 30; p-values are honest."""
    rng = np.random.default_rng(n)
    rows = [((int(a), n), (int(b), 1000)) for a, b in rng.binomial([n, 1000], [share + change, share], (1000, 2))]
    odds = np.log((share + change) / (1 - share - change) * (1 - share) / share)
    shares = np.array([difference(wilson(*a), wilson(*b))[:3] for a, b in rows])
    ratios = np.array([log_odds(*both) for both in rows])
    for found, true, least in ((shares, change, 0.93), (ratios, odds, 0.93 if n * (share + change) > 1 else 0.9)):
        assert np.mean((found[:, 1] <= true + 1e-12) & (true - 1e-12 <= found[:, 2])) >= least
    if not change:
        assert np.mean([fisher_p(*both) <= 0.05 for both in rows]) <= 0.065
        assert np.mean([homogeneity_p([a, n - a], [b, 1000 - b]) <= 0.05 for (a, _), (b, _) in rows]) <= 0.065 + 0.01
