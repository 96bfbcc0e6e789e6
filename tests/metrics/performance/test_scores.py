"""Metrics of scores against scikit-learn and simulation."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn import metrics

SAID = {"target": "y", "score": "s", "positive": "1", "model": {"task": "binary"}}
NAMES = ("pr_auc", "ks_score", "gain", "brier", "ece")


def draw(rng, n, share=0.3, apart=1.0, wrong=0.0):
    """Truths and scores, calibrated unless they are wrong."""
    y = (rng.random(n) < share).astype(int)
    x = rng.normal(y * apart, 1)
    s = expit(x * apart - apart**2 / 2 + logit(share))
    return {"y": y, "s": expit((1 + wrong) * logit(s) + wrong)}


def test_agrees_where_scores_lie_on_edges(folded, measure):
    """With each score an edge of its own, values are those of scikit-learn."""
    rows = draw(np.random.default_rng(0), 3000)
    y, s = rows["y"], np.round(rows["s"], 2)
    profile = folded({"y": y, "s": s}, **SAID)
    false, true, _ = metrics.roc_curve(y, s)
    expected = {
        "pr_auc": metrics.average_precision_score(y, s),
        "ks_score": np.max(true - false),
        "brier": metrics.brier_score_loss(y, s),
    }
    assert expected == pytest.approx({name: measure(name, profile).value for name in expected}, rel=1e-9)


def test_agrees_within_bins(folded, measure):
    """With more distinct scores than edges, values are right to a tenth of a point."""
    rows = draw(np.random.default_rng(1), 20_000, 0.1, 1.5)
    y, s = rows["y"], rows["s"]
    profile = folded(rows, **SAID)
    false, true, _ = metrics.roc_curve(y, s)
    best = np.argsort(-s)[:2000]
    expected = {
        "pr_auc": metrics.average_precision_score(y, s),
        "ks_score": np.max(true - false),
        "gain": y[best].sum() / y.sum(),
        "brier": metrics.brier_score_loss(y, s),
    }
    assert expected == pytest.approx({name: measure(name, profile).value for name in expected}, abs=2e-3)


def test_calibration_error_sees_what_is_there(folded, measure):
    """A calibrated model has nearly none with few rows too; a wrong one has what its groups say."""
    rng = np.random.default_rng(2)
    reference = folded(draw(rng, 50_000), **SAID)
    assert 0.003 >= measure("ece", reference).value
    small = [measure("ece", folded(draw(rng, 300), reference.plan)).value for _ in range(30)]
    assert 0.04 >= np.mean(small)
    rows = draw(rng, 50_000, wrong=0.5)
    at = np.searchsorted(np.quantile(rows["s"], np.arange(1, 10) / 10), rows["s"])
    plain = sum(abs(rows["y"][at == i].sum() - rows["s"][at == i].sum()) for i in range(10)) / 50_000
    assert plain == pytest.approx(measure("ece", folded(rows, **SAID)).value, abs=2e-3)


@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize(("share", "apart", "wrong"), [(0.5, 2, 0), (0.3, 1, 0.3), (0.1, 1.5, 0.1)])
def test_intervals_cover(coverage, n, share, apart, wrong):
    """Intervals cover, for balanced and rare positives, calibrated and wrong scores."""
    rng = np.random.default_rng(3)
    found = coverage(NAMES, lambda rows: draw(rng, rows, share, apart, wrong), n, 120, **SAID)
    assert {} == {name: held for name, held in found.items() if held < 0.9}


ODD = [float("nan"), float("inf"), -0.5, 1.5, 1e300, -1e-300, 5e-324, 0.0, 1.0, None]


@pytest.mark.parametrize("y", [[0] * 10, [1] * 10, [0, 1] * 5, [None] * 10])
@pytest.mark.parametrize("s", [ODD, [0.5] * 10, [0.0] * 10, [1.0] * 10, [i / 10 for i in range(10)]])
def test_bad_rows(total, folded, y, s):
    """One class, one score, scores that are no probability, no rows: a number in its range, or none."""
    plan = folded(draw(np.random.default_rng(4), 100), **SAID).plan
    for rows in (0, 1, 10):
        columns = {"y": np.array(y[:rows], dtype=float), "s": np.array(s[:rows], dtype=float)}
        total(NAMES, columns, plan)
    if None not in y:
        total(NAMES, {"y": y, "s": np.array(s, dtype=float)}, **SAID | {"positive": "1" if 1 in y else "0"})
