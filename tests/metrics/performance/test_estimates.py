"""Performance before labels, through fit and check, against what the labels then show."""

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sk

from driftline.errors import ConfigError
from driftline.monitor import Monitor
from driftline.profiles.plan import Plan
from driftline.testing.examples import fold_into


def scored(rng, n, spread=1.0):
    """A score that is calibrated, of rows that are harder the smaller their spread is."""
    score = 1 / (1 + np.exp(-rng.normal(0, 2 * spread, n)))
    truth = rng.random(n) < score
    return {"y": truth, "answer": score >= 0.4, "score": score}


def classes(rng, n, sure=0.9):
    """Three classes, each answered rightly in as many rows as the score says."""
    answer, score = rng.integers(0, 3, n), rng.uniform(sure - 0.2, sure, n).round(2)
    truth = np.where(rng.random(n) < score, answer, (answer + 1) % 3)
    names = np.array(["a", "b", "c"])
    return {"y": names[truth], "answer": names[answer], "score": score}


def times(rng, n, hard=0.3):
    """A regression whose errors depend on a feature that its prediction does not."""
    x, rough = rng.normal(0, 1, n), rng.random(n) < hard
    kind = np.where(rough, "hard", "easy")
    return {"x": x, "kind": kind, "answer": 10 + x, "y": 10 + x + rng.normal(0, np.where(rough, 5, 1), n)}


def blind(rows):
    """The rows without their labels."""
    return pl.DataFrame(rows).with_columns(pl.lit(None, dtype=pl.DataFrame(rows)["y"].dtype).alias("y"))


def estimates(reference, current, **said):
    """The verdicts on performance before labels, by the metric that is estimated, and the notes."""
    monitor = Monitor.fit(pl.DataFrame(reference), target="y", prediction="answer", **said)
    result = monitor.check(blind(current))
    found = {v.metric.removeprefix("estimated_"): v for v in result if v.family == "estimate"}
    return found, result


def test_binary():
    """Harder rows are estimated to have the accuracy, precision, recall, F1, AUC and losses that they have."""
    rng = np.random.default_rng(0)
    current = scored(rng, 20_000, 0.4)
    found, result = estimates(scored(rng, 20_000), current, score="score")
    y, answer, score = current["y"], current["answer"], current["score"]
    expected = {
        "accuracy": sk.accuracy_score(y, answer), "precision": sk.precision_score(y, answer),
        "recall": sk.recall_score(y, answer), "f1": sk.f1_score(y, answer), "roc_auc": sk.roc_auc_score(y, score),
        "log_loss": sk.log_loss(y, score), "brier": sk.brier_score_loss(y, score),
        "specificity": sk.recall_score(~y, ~answer), "balanced_accuracy": sk.balanced_accuracy_score(y, answer),
        "matthews": sk.matthews_corrcoef(y, answer), "pr_auc": sk.average_precision_score(y, score), "ece": 0.0,
        "ks_score": np.subtract(*reversed(sk.roc_curve(y, score)[:2])).max(),
        "gain": y[np.argsort(-score)][: y.size // 10].sum() / y.sum(),
    }  # fmt: skip
    assert expected == pytest.approx({name: verdict.value for name, verdict in found.items()}, abs=0.015)
    assert [] == [name for name, verdict in found.items() if not verdict.low <= expected[name] <= verdict.high]
    assert {"alert"} == {found[name].level.value for name in ("accuracy", "f1", "roc_auc")}
    assert "concept drift" in "".join(result.notes)
    assert "model performance" in [finding.subject for finding in result.findings]


def test_costs():
    """What answers will cost is estimated as the labels show it, and a rise is told."""
    rng = np.random.default_rng(7)
    costs, current = {"true": {"false": 8}, "false": {"true": 2}}, scored(rng, 20_000, 0.4)
    found, _ = estimates(scored(rng, 20_000), current, score="score", costs=costs)
    missed, false = (current["y"] & ~current["answer"]).mean(), (~current["y"] & current["answer"]).mean()
    cost = found["mean_cost"]
    assert 8 * missed + 2 * false == pytest.approx(cost.value, rel=0.03)
    assert cost.low <= 8 * missed + 2 * false <= cost.high
    assert "alert" == cost.level.value


def test_many_classes():
    """Less sure answers are estimated to be right as seldom as they are; a mean over classes as scikit-learn's."""
    rng = np.random.default_rng(1)
    current = classes(rng, 10_000, 0.8)
    costs = {"a": {"b": 5}, "b": {"c": 1}}
    found, _ = estimates(classes(rng, 20_000), current, score="score", costs=costs)
    y, answer = current["y"], current["answer"]
    expected = {
        "accuracy": sk.accuracy_score(y, answer), "precision": sk.precision_score(y, answer, average="macro"),
        "recall": sk.recall_score(y, answer, average="macro"), "f1": sk.f1_score(y, answer, average="macro"),
        "precision_weighted": sk.precision_score(y, answer, average="weighted"),
        "recall_weighted": sk.recall_score(y, answer, average="weighted"),
        "f1_weighted": sk.f1_score(y, answer, average="weighted"), "matthews": sk.matthews_corrcoef(y, answer),
        "balanced_accuracy": sk.balanced_accuracy_score(y, answer),
        "mean_cost": 5 * np.mean((y == "a") & (answer == "b")) + np.mean((y == "b") & (answer == "c")),
    }  # fmt: skip
    assert expected == pytest.approx({name: verdict.value for name, verdict in found.items()}, abs=0.012)
    assert found["accuracy"].low <= expected["accuracy"] <= found["accuracy"].high


def test_regression_by_features():
    """The loss model sees that the rows are of the kind with large errors; the size of the prediction does not."""
    rng = np.random.default_rng(2)
    reference, current = times(rng, 8000), times(rng, 4000, 0.8)
    mae, rmse = (f(current["y"], current["answer"]) for f in (sk.mean_absolute_error, sk.root_mean_squared_error))
    plain, _ = estimates(reference, current)
    assert (False, False) == (plain["mae"].judged, plain["rmse"].judged)
    assert plain["mae"].value < 0.8 * mae
    found, _ = estimates(reference, current, estimate={"loss_model": True})
    assert (mae, rmse) == pytest.approx((found["mae"].value, found["rmse"].value), rel=0.05)
    assert found["mae"].low <= mae <= found["mae"].high
    assert "alert" == found["mae"].level.value


def sales(rng, n, shift=0.0):
    """A regression whose errors are biased, grow with the prediction, and are larger in one kind of rows."""
    x, hard = rng.normal(shift, 1, n), rng.random(n) < 0.2 + shift / 2
    answer = np.exp(2 + 0.5 * x)
    error = rng.normal(0.3, 1, n) * np.where(hard, 3, 1) * answer / 20
    return {"x": x, "kind": np.where(hard, "hard", "easy"), "answer": answer, "y": np.maximum(answer - error, 0.01)}


def test_every_measure_of_a_regression():
    """Rows with larger predictions and more of a hard kind are estimated to be as the labels then show them."""
    rng = np.random.default_rng(9)
    current = sales(rng, 8000, 0.4)
    ends = {"lower": "low", "upper": "high"}
    reference, now = (
        rows | {"low": rows["answer"] * 0.9, "high": rows["answer"] * 1.1} for rows in (sales(rng, 20_000), current)
    )
    found, _ = estimates(reference, now, estimate={"loss_model": True}, **ends)
    y, answer = current["y"], current["answer"]
    sizes = np.abs(answer - y)
    expected = {
        "mae": sk.mean_absolute_error(y, answer), "rmse": sk.root_mean_squared_error(y, answer),
        "mean_error": (answer - y).mean(), "mape": sk.mean_absolute_percentage_error(y, answer),
        "smape": (2 * sizes / (np.abs(answer) + np.abs(y))).mean(),
        "rmsle": sk.root_mean_squared_log_error(y, answer), "r2": sk.r2_score(y, answer),
        "explained_variance": sk.explained_variance_score(y, answer),
        "median_absolute_error": sk.median_absolute_error(y, answer),
        "absolute_error_90": np.quantile(sizes, 0.9), "absolute_error_95": np.quantile(sizes, 0.95),
        "interval_coverage": (sizes <= answer / 10).mean(), "interval_width": (answer / 5).mean(),
    }  # fmt: skip
    assert [] == [name for name, verdict in found.items() if not verdict.low <= expected[name] <= verdict.high]
    assert 1 - found["r2"].value == pytest.approx(found["rmse"].value ** 2 / y.var(), rel=0.02)
    bias = expected.pop("mean_error"), found.pop("mean_error").value
    assert bias[0] == pytest.approx(bias[1], abs=0.04)
    assert expected == pytest.approx({name: verdict.value for name, verdict in found.items()}, rel=0.05)


def test_each_row_has_a_band():
    """Of new rows about as many errors as said are below the limit of their row, the easy and the hard kind."""
    rng = np.random.default_rng(12)
    monitor = Monitor.fit(
        pl.DataFrame(times(rng, 20_000)), target="y", prediction="answer", estimate={"loss_model": True}
    )
    rows = times(rng, 20_000, 0.5)
    found = monitor.expect_errors(pl.DataFrame(rows).drop("y"))
    sizes, kind = np.abs(rows["answer"] - rows["y"]), rows["kind"]
    for one in np.unique(kind):
        own, real = found.filter(kind == one), sizes[kind == one]
        assert real.mean() == pytest.approx(own["expected_error"].mean(), rel=0.04)
        assert (real <= own["absolute_error_90"].to_numpy()).mean() == pytest.approx(0.9, abs=0.025)
        assert (real <= own["absolute_error_95"].to_numpy()).mean() == pytest.approx(0.95, abs=0.02)
    silent = pl.DataFrame(rows)[:2].with_columns(answer=pl.Series([None, 5.0]))
    assert [True, False] == monitor.expect_errors(silent)["expected_error"].is_null().to_list()
    with pytest.raises(ConfigError, match="without a loss model"):
        Monitor.fit(pl.DataFrame(times(rng, 300)), target="y", prediction="answer").expect_errors(pl.DataFrame(rows))


def test_sizes_between_errors_are_not_listed():
    """An error of 0 beside large ones makes a table of the sizes that are there, not of all between them."""
    rows = {"target": [0.0] * 4, "prediction": [0.0, 1e-9, 1.0, 1e9]}
    ends, counts = fold_into("expected_sizes", rows, model={"task": "regression"}).table
    assert (4, True) == (counts.sum(), counts.shape[1] == ends.size - 1 < 8)


def test_where_nothing_changed_nothing_alerts():
    """New rows of the same law are no finding, by features or not."""
    rng = np.random.default_rng(3)
    for said in ({}, {"estimate": {"loss_model": True}}):
        found, _ = estimates(times(rng, 5000), times(rng, 2000), **said)
        assert {"ok"} == {verdict.level.value for verdict in found.values()}


def test_loss_model_is_kept_in_a_pack(tmp_path):
    """A pack with a loss model gives the same estimates; its plan has a fingerprint of its own."""
    rng = np.random.default_rng(4)
    reference, current = pl.DataFrame(times(rng, 3000)), blind(times(rng, 500, 0.8))
    monitor = Monitor.fit(reference, target="y", prediction="answer", estimate={"loss_model": True})
    loaded = Monitor.load(monitor.save(tmp_path / "times.pack"))
    values = [[v.value for v in m.check(current) if v.family == "estimate"] for m in (monitor, loaded)]
    assert values[0] == values[1]
    without = Monitor.fit(reference, target="y", prediction="answer")
    assert loaded.plan.fingerprint == monitor.plan.fingerprint != without.plan.fingerprint
    assert Plan.from_state(monitor.plan.state()).fingerprint == monitor.plan.fingerprint


def test_labels_come_and_the_estimate_is_audited():
    """With labels the estimate is shown, not judged, beside what came true, and a lie is told: concept drift."""
    rng = np.random.default_rng(5)
    monitor = Monitor.fit(pl.DataFrame(scored(rng, 10_000)), target="y", prediction="answer", score="score")
    rows = scored(rng, 5000)
    result = monitor.check(pl.DataFrame(rows))
    assert {False} == {verdict.judged for verdict in result if verdict.family == "estimate"}
    (table,) = [section for section in result.sections if section.name == "estimates"]
    assert {"within"} == {row.cells[4] for row in table.rows if row.cells[0] in {"Accuracy", "F1", "ROC AUC"}}
    flipped = rows | {"y": np.where(rng.random(5000) < 0.3, ~rows["y"], rows["y"])}
    (table,) = [section for section in monitor.check(pl.DataFrame(flipped)).sections if section.name == "estimates"]
    assert {"outside"} == {row.cells[4] for row in table.rows if row.cells[0] in {"Accuracy", "F1", "ROC AUC"}}
    assert [] == [s for s in monitor.check(blind(rows)).sections if s.name == "estimates"]


def test_audit_counts_windows():
    """With times, the audit says in how many windows the interval held what came true."""
    rng = np.random.default_rng(6)
    days = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 21), "5m", eager=True, closed="left")
    rows = scored(rng, days.len()) | {"at": days}
    monitor = Monitor.fit(pl.DataFrame(rows), target="y", prediction="answer", score="score", timestamp="at")
    current = scored(rng, days.len()) | {"at": days.dt.offset_by("30d")}
    (table,) = [s for s in monitor.check(pl.DataFrame(current)).sections if s.name == "estimates"]
    counts = [row.cells[5].split(" of ") for row in table.rows]
    assert [] == [held for held, windows in counts if not 18 <= int(held) <= int(windows) <= 21]


def test_one_class_has_no_estimate():
    """A reference with labels of one class alone calibrates nothing; the rest goes on."""
    rng = np.random.default_rng(7)
    rows = scored(rng, 500)
    found, result = estimates(rows | {"y": np.zeros(500, bool)}, rows, score="score", model={"task": "binary"})
    assert {} == found
    assert result.level.value in {"ok", "unknown", "warning"}


def test_limit_of_ones_own():
    """A person can set a limit on an estimate as on any metric."""
    rng = np.random.default_rng(8)
    monitor = Monitor.fit(
        pl.DataFrame(scored(rng, 3000)), target="y", prediction="answer", score="score",
        checks=("estimated_accuracy >= 0.75",),
    )  # fmt: skip
    assert "estimated_accuracy" in {
        finding.lead.metric for finding in monitor.check(blind(scored(rng, 3000, 0.3))).findings
    }
