"""Figures from profiles: confusion, ROC, calibration, errors and rows over time have the numbers of the rows."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtr
from scipy.stats import binomtest, ttest_1samp
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from driftline.monitor import Monitor
from driftline.profiles.sketches.residual_bins import cut_predictions
from driftline.stats.classification import precision_band, roc_band

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


def band(chart):
    """Places, lowest and highest of the band of the current side."""
    (series,) = [series for series in chart.series if series.side == "current"]
    return np.array(series.band).T


def test_bands_are_of_the_curves_beside_them(figures):
    """Each curve lies within its own band; captions say which is simultaneous and which pointwise; so does JSON."""
    for name, kind in (("roc", "simultaneous"), ("precision-recall", "pointwise")):
        chart = figures[name]
        (x, y), (at, low, high) = points(chart, "current"), band(chart)
        assert kind in chart.caption
        assert np.all(np.interp(x, at, low) <= np.array(y) + 1e-9)
        assert np.all(np.interp(x, at, high) >= np.array(y) - 1e-9)
        assert () == next(series for series in chart.series if series.side == "reference").band


def test_the_roc_band_holds_the_whole_curve_and_wilson_each_precision():
    """Drawn 400 times from a model whose curve is known: the band holds it everywhere at once in 95 % and more.

    The interval of the precision at one threshold holds in about 95 %; it is SciPy's of a share.
    """
    random, grid = np.random.default_rng(3), np.linspace(0, 1, 41)
    cuts = np.linspace(-3, 4, 60)[::-1]
    truth, half = np.interp(grid, ndtr(-cuts), ndtr(1 - cuts)), ndtr(0.5) / (ndtr(0.5) + ndtr(-0.5))
    whole = single = 0
    for _ in range(400):
        m = random.binomial(300, 0.5)
        negative, positive = np.sort(random.normal(0, 1, 300 - m)), np.sort(random.normal(1, 1, m))
        false, true = (1 - np.searchsorted(part, cuts) / part.size for part in (negative, positive))
        low, high = roc_band([0, *false, 1], [0, *true, 1], 300 - m, m, grid)
        whole += bool(np.all((low <= truth) & (truth <= high)))
        hits, rows = (positive >= 0.5).sum(), (positive >= 0.5).sum() + (negative >= 0.5).sum()
        (low,), (high,) = precision_band([hits], [rows])
        single += low <= half <= high
    assert whole >= 0.95 * 400
    assert 0.92 * 400 <= single <= 0.98 * 400
    expected = binomtest(int(hits), int(rows)).proportion_ci(0.95, "wilson")
    assert (expected.low, expected.high) == pytest.approx((low, high))


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


def test_errors_by_prediction_and_over_time():
    """Means of prediction minus target by range of the prediction, and by window, are those of the rows themselves."""
    at = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=at) for at in range(1_200)]
    target = RANDOM.gamma(2, 5, 1_200)
    bias = np.where(np.arange(1_200) < 600, 0.0, 2.0)
    rows = pl.DataFrame({"at": at, "y": target, "p": 0.8 * target + bias + RANDOM.normal(0, 1, 1_200)})
    monitor = Monitor.fit(rows, target="y", prediction="p", timestamp="at", window="1w")
    result = monitor.check(rows)
    figures = {figure.name: figure for figure in result.figures}
    frame = rows.with_columns(error=pl.col("p") - pl.col("y"))
    x, y = points(figures["errors-by-prediction"], "current")
    edges = cut_predictions(monitor.plan)
    ranges = frame.group_by(pl.Series(np.searchsorted(edges, rows["p"].to_numpy(), "right")).alias("range"))
    expected = ranges.agg(pl.col("p").mean(), pl.col("error").mean()).sort("range")
    np.testing.assert_allclose([x, y], [expected["p"], expected["error"]])
    assert 15 <= len(x) <= 20
    over_time = figures["errors-over-time"]
    starts, means = points(over_time, "current")
    assert len(starts) == 8
    first = frame.filter(pl.col("at") < datetime.fromisoformat(starts[1]).replace(tzinfo=UTC))["error"].to_numpy()
    assert means[0] == pytest.approx(first.mean())
    _, low, high = over_time.series[1].band[0]
    wide = ttest_1samp(first, 0).confidence_interval()
    assert (wide.low, wide.high) == pytest.approx((low, high))
    assert [frame["error"].mean()] * 2 == pytest.approx(points(over_time, "reference")[1])
    for form in ("html", "json"):
        assert "Errors over time" in result.render(form)
    bare = monitor.check(rows.with_columns(y=pl.lit(None, pl.Float64))).figures
    assert not {"errors-over-time", "errors-by-prediction"} & {figure.name for figure in bare}


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
