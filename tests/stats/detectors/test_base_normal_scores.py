"""Sequential normal scores: what they are by definition, and how near the sketch stays."""

import numpy as np
import pytest
from scipy import stats

from driftline.stats.detectors.base_normal_scores import Scores


def test_scores_by_definition():
    """The score is the mean of a normal number between the quantiles where the rank begins and ends, ties together."""
    values = np.random.default_rng(0).integers(0, 20, 256) / 4.0
    scores = Scores()
    for n, value in enumerate(values, 1):
        so_far = values[:n]
        low, high = (so_far < value).mean(), (so_far <= value).mean()
        expected = stats.norm.expect(lb=stats.norm.ppf(low), ub=stats.norm.ppf(high), conditional=True) if n > 1 else 0
        assert expected == pytest.approx(scores.score(value), abs=1e-6)


@pytest.mark.parametrize("draw", ["normal", "standard_cauchy", "exponential"])
def test_scores_are_normal(draw):
    """Of any distribution the scores are standard normal in mean, sd and tails, and hardly correlated in order."""
    values = getattr(np.random.default_rng(1), draw)(size=30_000).tolist()
    kept = Scores()
    scores = np.array([kept.score(value) for value in values])
    assert 0 == pytest.approx(scores.mean(), abs=2.5 / np.sqrt(scores.size))
    assert 1 == pytest.approx(scores.std(), abs=0.02)
    assert 0 == pytest.approx(np.corrcoef(scores[1:], scores[:-1])[0, 1], abs=0.02)
    assert stats.kstest(scores, "norm").statistic < 0.012
    assert np.abs(scores).max() < 3


def test_sorted_values_are_kept_as_well():
    """The ranks of the sketch are near, also where the values come in order."""
    for values in (np.arange(50_000.0), -np.arange(50_000.0)):
        scores = Scores()
        for value in values.tolist():
            scores.score(value)
        items = sorted((value, 1 << level) for level, kept in enumerate(scores.levels) for value in kept)
        at, weight = np.array(items).T
        true = np.searchsorted(np.sort(values), at) / values.size
        assert np.abs(np.cumsum(weight) / weight.sum() - true).max() < 0.02
