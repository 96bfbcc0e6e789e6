"""Expected outcomes of a classifier, against scikit-learn, and against what comes true in simulations."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

from driftline.stats.expected.outcomes import Expected, calibrate

RATIOS = {
    "accuracy": ((1, 0, 0, 1), (1, 1, 1, 1)),
    "precision": ((0, 0, 0, 1), (0, 1, 0, 1)),
    "recall": ((0, 0, 0, 1), (0, 0, 1, 1)),
    "f1": ((0, 0, 0, 2), (0, 1, 1, 2)),
    "specificity": ((1, 0, 0, 0), (1, 1, 0, 0)),
}
OTHERS = ("roc_auc", "log_loss", "balanced_accuracy", "matthews", "average_precision", "cost")
COSTS = (0.0, 1.0, 5.0, -2.0)


@pytest.mark.parametrize("rising", [True, False])
def test_calibration_is_isotonic_regression(rising):
    """Shares are those of scikit-learn's isotonic regression in the direction of the score."""
    rng = np.random.default_rng(0)
    share = np.linspace(0.1, 0.8, 40)[:: 1 if rising else -1]
    rows = rng.integers(1, 60, 40)
    positives = rng.binomial(rows, share)
    peer = IsotonicRegression(increasing=rising).fit(np.arange(40), positives / rows, rows)
    expected = peer.predict(np.arange(40))
    assert expected.tolist() == pytest.approx(calibrate(rows - positives, positives).share.tolist())


def test_bins_without_rows_take_a_neighbours_share():
    """A bin that the reference never filled is expected what the nearest filled one below it is."""
    found = calibrate(np.array([0, 8, 0, 5, 0]), np.array([0, 2, 0, 5, 0]))
    assert [0.2, 0.2, 0.2, 0.5, 0.5] == found.share.tolist()


def test_one_class_cannot_calibrate():
    """Without labels of both classes there is no calibration."""
    assert calibrate(np.array([5, 5]), np.array([0, 0])) is None


def draw(rng, n, shift, wrong):
    """Scores that are too sure if `wrong` is over 1, and the truth."""
    x = rng.normal(shift, 1, n)
    score = expit((1.5 * x - 0.7) * wrong)
    return score, rng.random(n) < expit(1.5 * x - 0.7)


def place(edges, score):
    return np.searchsorted(edges, score, "left") + np.searchsorted(edges, score, "right")


def estimate(rng, reference, current, shift, wrong):
    """The estimates for current rows from a reference, and what comes true, by metric."""
    score, truth = draw(rng, reference, 0, wrong)
    edges = np.unique(np.quantile(score, np.linspace(0, 1, 257)[1:-1]))
    size = 2 * edges.size + 1
    calibration = calibrate(*(np.bincount(place(edges, score[truth == side]), minlength=size) for side in (0, 1)))
    score, truth = draw(rng, current, shift, wrong)
    answer, at = score >= 0.5, place(edges, score)
    expected = Expected(np.stack([np.bincount(at[answer == side], minlength=size) for side in (0, 1)]), calibration)
    losses = [np.bincount(at, weights=loss, minlength=size) for loss in (-np.log(score), -np.log1p(-score))]
    found = {name: expected.ratio(*weights) for name, weights in RATIOS.items()}
    found |= {"roc_auc": expected.auc(), "log_loss": expected.loss(*losses), "cost": expected.mean(COSTS)}
    found |= {name: getattr(expected, name)() for name in ("balanced_accuracy", "matthews", "average_precision")}
    true = {
        "accuracy": (answer == truth).mean(), "precision": truth[answer].mean(), "recall": answer[truth].mean(),
        "f1": metrics.f1_score(truth, answer), "roc_auc": metrics.roc_auc_score(truth, score),
        "log_loss": metrics.log_loss(truth, score), "specificity": 1 - answer[~truth].mean(),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, answer),
        "matthews": metrics.matthews_corrcoef(truth, answer),
        "average_precision": metrics.average_precision_score(truth, at),
        "cost": metrics.confusion_matrix(truth, answer).ravel() @ np.array(COSTS) / truth.size,
    }  # fmt: skip
    return found, true


@pytest.mark.parametrize(("shift", "wrong"), [(0, 1.7), (0.7, 1)])
def test_intervals_cover_what_comes_true(shift, wrong):
    """The 95 % intervals hold what the labels show, whether rows shift or scores are miscalibrated."""
    rng, held, times = np.random.default_rng(1), dict.fromkeys((*RATIOS, *OTHERS), 0), 40
    for _ in range(times):
        found, true = estimate(rng, 3000, 800, shift, wrong)
        for name, (value, low, high) in found.items():
            assert low <= value <= high
            held[name] += low <= true[name] <= high
    assert {} == {name: count / times for name, count in held.items() if count < 0.8 * times}
    assert np.mean(list(held.values())) >= 0.92 * times


def test_estimates_are_right_on_average():
    """With a large reference, estimates under a shift are what comes true of many rows, to a third of a point."""
    found, true = estimate(np.random.default_rng(2), 100_000, 100_000, 0.7, 1.7)
    assert true == pytest.approx({name: value for name, (value, *_) in found.items()}, abs=8e-3)


def test_nothing_to_expect():
    """Without rows there is no value."""
    none = Expected(np.zeros((2, 2), int), calibrate(np.array([1, 1]), np.array([1, 1])))
    assert np.isnan([*none.ratio(*RATIOS["f1"]), *none.auc(), *none.loss(np.zeros(2), np.zeros(2))]).all()
