"""Average run lengths against published tables."""

import pytest

from driftline.stats.detectors import base_run_length as runs


@pytest.mark.parametrize(
    ("weight", "limit"), [(0.03, 2.437), (0.05, 2.615), (0.1, 2.814), (0.25, 2.998), (0.5, 3.071), (1.0, 3.090)]
)
def test_ewma(weight, limit):
    """Limits with a run length of 500, by weight (Lucas & Saccucci 1990, table 3)."""
    assert 500 == pytest.approx(runs.ewma(limit, weight), rel=0.005)
    assert limit == pytest.approx(runs.ewma_limit(500, weight), abs=0.002)


@pytest.mark.parametrize(("threshold", "expected"), [(4, 168), (5, 465)])
def test_cusum(threshold, expected):
    """Run lengths of two-sided CUSUMs with an allowance of half an sd (Montgomery 2013, table 9.3)."""
    assert expected == pytest.approx(runs.cusum(threshold, 0.5) / 2, rel=0.01)
    assert threshold == pytest.approx(runs.cusum_threshold(expected, 0.5), abs=0.02)


@pytest.mark.parametrize("run_length", [10, 500, 1e4, 1e6, 1e9])
def test_thresholds_reach_their_run_length(run_length):
    """Whatever the run length, its threshold has it."""
    for weight in (0.02, 0.1, 0.5, 1):
        assert run_length == pytest.approx(runs.ewma(runs.ewma_limit(run_length, weight), weight), rel=1e-3)
    for allowance in (0.01, 0.05, 0.25, 1, 2):
        threshold = runs.cusum_threshold(run_length, allowance)
        assert 2 * run_length == pytest.approx(runs.cusum(threshold, allowance), rel=1e-6)
