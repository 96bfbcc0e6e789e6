"""Figures from profiles: confusion, ROC, calibration, errors and rows over time have the numbers of the rows."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from driftline.monitor import Monitor

RANDOM = np.random.default_rng(7)
SCORES = RANDOM.random(2000)
CHURN = np.where(RANDOM.random(2000) < SCORES, "yes", "no")
HOURS = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * at) for at in range(2000)]


@pytest.fixture(scope="module")
def figures():
    """The figures of a binary classifier whose current rows lack some hours, by name."""
    rows = pl.DataFrame({"at": HOURS, "score": SCORES, "churn": CHURN})
    current = rows.filter(~pl.col("at").dt.hour().is_between(3, 5))
    monitor = Monitor.fit(rows, target="churn", score="score", timestamp="at", positive="yes")
    return {figure.name: figure for figure in monitor.check(current).figures} | {"rows": current}


def points(chart, side):
    """X and y of one side of a chart."""
    (series,) = [series for series in chart.series if series.side == side]
    return [x for x, _ in series.points], [y for _, y in series.points]


def test_confusion(figures):
    """A row of the matrix has the shares of a true class's rows by predicted class, as scikit-learn counts them."""
    rows = figures["rows"]
    predicted = np.where(rows["score"].to_numpy() >= 0.5, "yes", "no")
    table = figures["confusion"]
    names = [row.cells[0] for row in table.rows]
    expected = confusion_matrix(rows["churn"].to_numpy(), predicted, labels=names)
    shares = expected / expected.sum(axis=1, keepdims=True)
    for row, own, counts in zip(table.rows, shares, expected, strict=True):
        assert [f"{100 * share:.1f}%" for share in own] == [cell.split(" → ")[1] for cell in row.cells[1:-1]]
        assert f"{counts.sum():,}" == row.cells[-1]


def test_roc(figures):
    """The curve is scikit-learn's within the width of a bin of the plan."""
    rows = figures["rows"]
    x, y = points(figures["roc"], "current")
    false, true, _ = roc_curve(rows["churn"].to_numpy() == "yes", rows["score"].to_numpy())
    assert (0.0, 0.0, 1.0, 1.0) == (x[0], y[0], x[-1], y[-1])
    assert np.abs(np.interp(x, false, true) - y)[1:].max() < 0.02
    assert len(x) <= 64


def test_precision_and_recall(figures):
    """The curve is scikit-learn's where more than a handful of rows are above the threshold."""
    rows = figures["rows"]
    x, y = points(figures["precision-recall"], "current")
    precision, recall, _ = precision_recall_curve(rows["churn"].to_numpy() == "yes", rows["score"].to_numpy())
    expected = np.interp(x, recall[::-1], precision[::-1])
    assert np.abs(expected - y)[np.array(x) > 0.05].max() < 0.02


def test_calibration(figures):
    """Scores that are true probabilities lie on the diagonal, within what chance allows in tenths of 170 rows."""
    x, y = points(figures["calibration"], "current")
    assert 10 == len(x)
    assert np.abs(np.subtract(x, y)).max() < 0.13


def test_gain(figures):
    """Each point of the gain curve has the share of positives among so many rows with the highest scores."""
    rows = figures["rows"]
    score, late = rows["score"].to_numpy(), rows["churn"].to_numpy() == "yes"
    found = np.cumsum(late[np.argsort(-score, kind="stable")]) / late.sum()
    x, y = points(figures["gain"], "current")
    assert (0.0, 0.0, 1.0, 1.0) == (x[0], y[0], x[-1], y[-1])
    counts = np.rint(np.array(x[1:]) * late.size).astype(int)
    np.testing.assert_allclose(found[counts - 1], y[1:], atol=0.02)


def test_rows_over_time(figures):
    """The current line counts all rows, and none in the hours that were left out."""
    x, y = points(figures["volume"], "current")
    assert figures["rows"].height == sum(y[:-1])
    assert sorted(x) == x
    assert 0.0 in y


@pytest.mark.parametrize("shift", [0.0, 0.7, -5.0])
def test_errors(shift):
    """The bars of errors are the shares of rows by prediction minus target, without the largest 1 %."""
    target = RANDOM.normal(0, 1, 1000)
    rows = pl.DataFrame({"y": target, "p": target + shift + RANDOM.normal(0, 1, 1000)})
    monitor = Monitor.fit(rows, target="y", prediction="p", window="none")
    (chart,) = [figure for figure in monitor.check(rows).figures if figure.name == "errors"]
    ends, shares = points(chart, "current")
    errors = (rows["p"] - rows["y"]).to_numpy()
    expected = np.histogram(errors, ends)[0] / errors.size
    assert np.abs(expected - shares[:-1]).max() < 0.01


def test_many_classes():
    """Of more than eight classes the pairs are listed whose share changed most."""
    labels = np.array([f"class {at}" for at in range(12)])
    truth = np.tile(labels, 50)
    rows = pl.DataFrame({"y": truth, "p": truth})
    worse = rows.with_columns(p=pl.when(pl.col("y") == "class 3").then(pl.lit("class 5")).otherwise("p"))
    (table,) = Monitor.fit(rows, target="y", prediction="p").check(worse).figures
    assert ("class 3 as class 3", "100.0%", "0.0%", "0") == table.rows[0].cells
    assert ("class 3 as class 5", "0.0%", "100.0%", "50") == table.rows[1].cells
    assert 2 == len(table.rows)


def test_without_a_model():
    """Rows without target, score and time have no figures."""
    rows = pl.DataFrame({"x": range(100)})
    assert () == Monitor.fit(rows).check(rows).figures
