"""The rules against River's, set alike and fed the same: they find the same changes."""

import numpy as np
import pytest
from river import drift
from scipy import stats

from driftline import registry
from driftline.stats.detectors import base_run_length as run_length
from driftline.stats.detectors.base_normal_scores import Scores

SHIFTS = [0.3, 0.5, 1.0, 2.0]
RATES = [(0.02, 0.3), (0.05, 0.2), (0.2, 0.5), (0.5, 0.9)]


def theirs(river, values):
    """Observations, from 1, with which River's detector finds a change."""
    found = []
    for at, value in enumerate(values, 1):
        river.update(value)
        if river.drift_detected:
            found.append(at)
    return found


def theirs_of_scores(river, values):
    """The same, fed the normal scores of the values since the last change."""
    found, scores = [], Scores()
    for at, value in enumerate(values, 1):
        river.update(scores.score(value))
        if river.drift_detected:
            found.append(at)
            scores = Scores()
    return found


def numbers(seed, shift):
    """A stream whose mean goes up, and down again."""
    random = np.random.default_rng(seed)
    means = np.repeat([0, shift, 0], [random.integers(100, 900), 900, 900])
    return (means + random.normal(size=means.size)).tolist()


def errors(seed, low, high):
    """A stream whose error rate goes up, down, and up."""
    random = np.random.default_rng(seed)
    rates = np.repeat([low, high, low, high], [random.integers(400, 1_500), 700, 900, 900])
    return (random.random(rates.size) < rates).astype(int).tolist()


@pytest.mark.parametrize("shift", SHIFTS)
def test_adwin(shift, made, monkeypatch):
    """Adaptive windowing, with the significance that follows of the run length, and the last term as if sd were 1."""
    monkeypatch.setattr(registry.find("detectors", "adwin"), "_unit", lambda *_: 1.0)
    for seed in range(5):
        values = numbers(seed, shift)
        expected = theirs(drift.ADWIN(delta=32 / (2 * 2_000)), values)
        assert expected == [change.at for change in made("adwin", run_length=2_000).changes(values)]


@pytest.mark.parametrize("shift", SHIFTS)
def test_page_hinkley(shift, made):
    """Page-Hinkley's test, with the threshold that follows of the run length, without forgetting."""
    for seed in range(5):
        values = numbers(seed, shift)
        river = drift.PageHinkley(1, delta=0.1, threshold=run_length.cusum_threshold(2_000, 0.1), alpha=1)
        expected = theirs_of_scores(river, values)
        assert expected
        assert expected == [change.at for change in made("page_hinkley", run_length=2_000).changes(values)]


def test_kswin(made):
    """Kolmogorov-Smirnov windowing, where the older part is as long as the newer: all of it is sampled."""
    for seed in range(2):
        ours = made("kswin", window=38, recent=19, run_length=500)
        least = next(k for k in range(20) if k / 19 >= ours._critical)
        alpha = stats.ks_2samp(np.arange(19), np.arange(19) + least - 0.5).pvalue
        values = numbers(seed, 2.0)
        expected = theirs(drift.KSWIN(alpha=alpha * 1.0001, window_size=38, stat_size=19, seed=1), values)[0]
        assert expected == ours.changes(values)[0].at


@pytest.mark.parametrize(("low", "high"), RATES)
def test_ddm(low, high, made):
    """DDM, told to wait for as many observations as ours needed to see 30 errors: the first change."""
    for seed in range(5):
        values = errors(seed, low, high)
        wait = int(np.flatnonzero(np.cumsum(values) == 30)[0])
        river = drift.binary.DDM(wait, drift_threshold=1 + run_length.record_limit(10_000))
        assert theirs(river, values)[:1] == [change.at for change in made("ddm").changes(values)][:1]
