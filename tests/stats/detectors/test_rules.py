"""Rules that no other package has in this form, against what they are by definition, worked out from all values."""

import numpy as np
import pytest
from scipy import stats

ERRORS = (np.random.default_rng(5).random(700) < np.repeat([0.1, 0.5], [500, 200])).astype(int)


def test_bocpd_is_the_posterior(made):
    """The odds of each start are its prior times the density of all values since, over that of no change."""
    detector = made("bocpd", run_length=20)
    scores = np.random.default_rng(2).normal(size=9) * 0.3
    for score in scores:
        assert detector._follow(score) is None
    hazard = 1 - 2 ** (-1 / 20)
    n = len(scores)
    for start, odds in enumerate(detector.odds):
        since = scores[start:]
        prior = hazard * (1 - hazard) ** start / (1 - hazard) ** n
        after = stats.multivariate_normal(np.zeros(len(since)), np.eye(len(since)) + 1).pdf(since)
        assert np.log(prior * after / stats.norm.pdf(since).prod()) == pytest.approx(odds, abs=1e-9)
        assert (n - start, pytest.approx(since.sum())) == (detector.lengths[start], detector.sums[start])


def test_stepd_is_fishers_test(made):
    """A change is found when Fisher's exact test of the last ones against all before first passes the significance."""

    def passes(n):
        new, old = ERRORS[n - 60 : n], ERRORS[: n - 60]
        table = [[new.sum(), 60 - new.sum()], [old.sum(), old.size - old.sum()]]
        return stats.fisher_exact(table, alternative="greater").pvalue <= 0.5 / 10_000

    expected = next(n for n in range(120, ERRORS.size) if passes(n))
    assert expected == made("stepd").changes(ERRORS)[0].at


def test_rddm_stays_quick(made):
    """After a long time without a change it finds one that DDM finds much later, and before that the two agree."""
    random = np.random.default_rng(6)
    early = (random.random(1_500) < np.repeat([0.1, 0.4], [1_000, 500])).astype(int)
    assert made("ddm").changes(early)[0] == made("rddm").changes(early)[0]
    late = (random.random(46_000) < np.repeat([0.1, 0.2], [42_000, 4_000])).astype(int)
    slow, quick = made("ddm").changes(late)[0].at, made("rddm").changes(late)[0].at
    assert 42_000 < quick < 42_600 < slow


def test_rddm_does_not_warn_for_ever(made):
    """Having been near to a change for 1,400 observations is one, where DDM, set alike, finds none."""
    steady = ([0] * 9 + [1]) * 1_000
    values = steady + [1] * 73 + steady[:2_000]
    assert [] == made("ddm", run_length=1e9).changes(values)
    found = made("rddm", run_length=1e9).changes(values)
    assert (1, True) == (len(found), 11_400 <= found[0].at <= 11_473)
