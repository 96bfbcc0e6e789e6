"""Like is compared with like: other rows are no concept drift, and another dependence of the target is."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from driftline.stats.expected.equal_rows import Side, compare_losses
from driftline.testing.examples import measure


def draw(n, seed, mean=0.0, slope=1.0):
    """Rows of a regression that is harder further out, by a model that is not quite right."""
    random = np.random.default_rng(seed)
    x = random.normal(mean, 1, (n, 2))
    noise = (0.5 + 0.5 * np.abs(x[:, 0])) * random.normal(size=n)
    target = slope * x[:, 0] + 0.5 * x[:, 1] ** 2 + noise
    columns = {"a": x[:, 0], "b": x[:, 1], "target": target, "prediction": x[:, 0] + 0.3}
    return pl.DataFrame(columns)


def found(current, reference):
    """The estimate, of 1,500 rows a side at most."""
    return measure("concept_drift", current, reference, sample={"rows": 1_500}, model={"task": "regression"})


def test_other_rows_are_none():
    """Rows a standard deviation further out have a third more error, and no more than like rows of the reference."""
    past, now = draw(1_500, 1), draw(1_500, 2, mean=1.0)
    mae = [float((side["target"] - side["prediction"]).abs().mean()) for side in (past, now)]
    assert mae[1] > 1.33 * mae[0]
    estimate = found(now, past)
    assert estimate.low < estimate.reference.value < estimate.high
    assert 30 < estimate.detail["effective"] < 1_500


def test_another_dependence_is_one():
    """A target that depends on the features in another way is found, also where the features shift as well."""
    past = draw(1_500, 1)
    for mean in (0.0, 0.5):
        estimate = found(draw(1_500, 3, mean=mean, slope=2.0), past)
        assert estimate.low > 1.1 * estimate.reference.high


def test_nothing_alike():
    """Where no row looks like the other side's there is no value, and the reason says so."""
    estimate = found(draw(400, 2, mean=30.0), draw(400, 1))
    assert (None, True) == (estimate.value, "hardly any row looks like" in estimate.why)


def test_missing_labels_and_features():
    """Rows without a label do not count, and missing features are features like others."""
    past, now = draw(900, 1), draw(900, 4)
    now = now.with_columns(
        target=pl.when(pl.int_range(pl.len()) < 600).then(pl.col("target")),
        a=pl.when(pl.int_range(pl.len()) % 7 > 0).then(pl.col("a")),
    )
    estimate = found(now, past)
    assert 600 == estimate.n
    assert estimate.value > 0


def test_the_truth_is_told_when_both_models_are_known():
    """With the true expectation and odds the difference is that of the losses at equal features."""
    random = np.random.default_rng(5)
    rows = [random.normal(mean, 1, (4_000, 1)) for mean in (0.7, 0.0)]
    losses = [
        np.abs(x[:, 0]) + add + random.exponential(0.5, len(x)) - 0.5 for x, add in zip(rows, (0.2, 0.0), strict=True)
    ]
    sides = [Side(x, loss, np.arange(len(x)) % 2) for x, loss in zip(rows, losses, strict=True)]
    compared = compare_losses(
        *sides, lambda *_: lambda x: np.abs(x[:, 0]), lambda *_: lambda x: 0.7 * x[:, 0] - 0.7**2 / 2
    )
    assert pytest.approx(0.2, abs=0.04) == compared.now[0] - compared.was[0]


@pytest.mark.skipif("DRIFTLINE_TAXI_DATA" not in os.environ, reason="DRIFTLINE_TAXI_DATA names no folder of real data")
def test_electricity():
    """On Elec2 the errors of September are those of other rows; in March the answers to like rows are worse."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - an extra

    rows = pl.read_csv(Path(os.environ["DRIFTLINE_TAXI_DATA"]) / "elec2_skmultiflow.csv")
    names = ["period", "nswdemand", "nswprice"]
    model = HistGradientBoostingClassifier(random_state=0, max_iter=50)
    model.fit(rows[names].to_numpy()[: 48 * 60], rows["class"].to_numpy()[: 48 * 60])
    rows = rows.select(*names, "class", prediction=pl.Series(model.predict(rows[names].to_numpy())))
    start, past = datetime(1996, 5, 7), rows[48 * 60 : 48 * 120]  # noqa: DTZ001 - times of Sydney
    found = {}
    for day in (120, 300):
        current = rows[48 * day : 48 * (day + 30)]
        month = (start + timedelta(days=day)).strftime("%B")
        found[month] = measure("concept_drift", current, past, target="class", sample={"rows": 3_000})
    assert found["September"].high < found["September"].reference.value
    assert found["March"].low > 1.1 * found["March"].reference.value
