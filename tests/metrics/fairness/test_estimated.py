"""What fairness will prove to be is estimated before the labels come, beside what Fairlearn says once they have."""

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sk

from driftline import Monitor
from driftline.types import Level

fairlearn = pytest.importorskip("fairlearn.metrics", reason="Fairlearn is not installed: make test")
RATES = {
    "equalized_odds_difference": fairlearn.equalized_odds_difference,
    "predictive_parity_difference": lambda y, p, sensitive_features: _gap("precision", y, p, sensitive_features),
    "accuracy_difference": lambda y, p, sensitive_features: _gap("accuracy", y, p, sensitive_features),
}


def _gap(name, y, answers, sex):
    return fairlearn.MetricFrame(
        metrics=getattr(sk, f"{name}_score"), y_true=y, y_pred=answers, sensitive_features=sex
    ).difference()


def make_rows(seed, n=6_000, *, sure=1.0):
    """Rows of a fair classifier that is calibrated, and less `sure` of one group."""
    random = np.random.default_rng(seed)
    sex = random.choice(["f", "m"], n)
    score = 1 / (1 + np.exp(-2 * random.normal(size=n) * np.where(sex == "f", sure, 1.0)))
    return pl.DataFrame({"sex": sex, "y": (random.random(n) < score).astype(int), "p": (score > 0.5) * 1, "s": score})


@pytest.fixture(scope="module")
def monitor():
    """A monitor of the classifier while it is as sure of both groups."""
    settings = {"fairness": {"attributes": ["sex"]}, "only": ["performance"]}
    return Monitor.fit(make_rows(1), target="y", prediction="p", score="s", **settings)


@pytest.mark.parametrize("name", RATES)
def test_groups_that_come_apart_are_seen_before_labels(monitor, name):
    """The interval of the estimate holds what Fairlearn computes from the labels; it alerts before they come."""
    rows = make_rows(2, sure=0.3)
    truth = RATES[name](rows["y"].to_numpy(), rows["p"].to_numpy(), sensitive_features=rows["sex"].to_numpy())
    found = {v.metric: v for v in monitor.check(rows.with_columns(y=None)) if v.of_fairness}[f"estimated_{name}"]
    assert truth > 0.1
    assert found.low <= truth <= found.high
    assert truth == pytest.approx(found.value, abs=0.03)
    assert (Level.ALERT, True) == (found.level, found.judged)


@pytest.mark.parametrize("name", RATES)
def test_quiet_where_nothing_changed(monitor, name):
    """New rows of the same law are no finding; with labels the estimate is only shown."""
    rows = make_rows(3)
    before, after = (
        {v.metric: v for v in monitor.check(part) if v.of_fairness} for part in (rows.with_columns(y=None), rows)
    )
    assert (Level.OK, True) == (before[f"estimated_{name}"].level, before[f"estimated_{name}"].judged)
    assert not after[f"estimated_{name}"].judged
    assert before[f"estimated_{name}"].low <= after[name].value <= before[f"estimated_{name}"].high


def test_errors_of_a_regression():
    """Where larger predictions have larger errors, a group that gets more of them is estimated to be worse off."""
    random = np.random.default_rng(4)

    def rides(n, more):
        sex = random.choice(["f", "m"], n)
        size = random.uniform(10, 20, n) + np.where(sex == "f", more, 0.0) * (random.random(n) < 0.7) * 30
        return pl.DataFrame({"sex": sex, "y": size + random.normal(0, size / 10), "p": size})

    past = pl.concat([rides(4_000, 0.5), rides(4_000, 1.0), rides(4_000, 0.0)])
    settings = {"fairness": {"attributes": ["sex"]}, "only": ["performance"], "model": {"task": "regression"}}
    found = Monitor.fit(past, target="y", prediction="p", **settings)
    rows = rides(4_000, 1.0)
    estimate = next(
        v
        for v in found.check(rows.with_columns(y=pl.lit(None, pl.Float64)))
        if v.metric == "estimated_error_difference"
    )
    errors = fairlearn.MetricFrame(
        metrics=sk.mean_absolute_error, y_true=rows["y"].to_numpy(), y_pred=rows["p"].to_numpy(),
        sensitive_features=rows["sex"].to_numpy(),
    )  # fmt: skip
    assert estimate.low <= errors.difference() <= estimate.high
    assert estimate.low > estimate.reference > 0
    assert ("sex", False) == (estimate.column, estimate.judged)
