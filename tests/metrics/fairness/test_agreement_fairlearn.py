"""Measures of fairness agree with Fairlearn's, on Adult and on rows of any shape."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from driftline.testing.examples import measure

fairlearn = pytest.importorskip("fairlearn.metrics", reason="Fairlearn is not installed: make test")
ADULT = Path(os.environ.get("DRIFTLINE_TAXI_DATA", ".")) / "adult_arx.csv"
GROUP_RATES = {
    "predictive_parity_difference": "precision_score",
    "accuracy_difference": "accuracy_score",
}
MEASURES = [
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equal_opportunity_difference",
    "equalized_odds_difference",
    *GROUP_RATES,
]


def theirs(name, rows, attributes):
    """Fairlearn's value; what it has no function for is a difference of a `MetricFrame`."""
    sensitive = rows.select(attributes).to_pandas()
    sides = rows["target"].to_numpy(), rows["prediction"].to_numpy()
    if name in GROUP_RATES:
        function = getattr(__import__("sklearn.metrics", fromlist=["metrics"]), GROUP_RATES[name])
        return fairlearn.MetricFrame(
            metrics=function, y_true=sides[0], y_pred=sides[1], sensitive_features=sensitive
        ).difference()
    return getattr(fairlearn, name)(*sides, sensitive_features=sensitive)


def make_rows(seed, groups, n=3_000):
    """Rows whose groups differ in labels and in answers."""
    random = np.random.default_rng(seed)
    group = random.integers(0, groups, n)
    target = random.random(n) < 0.3 + 0.4 * group / groups
    answer = np.where(random.random(n) < 0.1 + 0.2 * group / groups, ~target, target)
    age = random.integers(18, 80, n)
    return pl.DataFrame(
        {"target": target.astype(int), "prediction": answer.astype(int), "sex": group.astype(str), "age": age}
    )


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize(("seed", "groups"), [(1, 2), (2, 3), (3, 6)])
def test_values(name, seed, groups):
    """The value is Fairlearn's, for two and for more groups."""
    rows = make_rows(seed, groups)
    found = measure(name, rows, fairness={"attributes": ["sex"]})
    assert found.value == pytest.approx(theirs(name, rows, ["sex"]), abs=1e-12)
    assert found.low <= found.value <= found.high


def test_intersections():
    """Intersections are Fairlearn's groups of two sensitive features; ranges are groups, too."""
    rows = make_rows(4, 2).with_columns(old=(pl.col("age") >= 40).cast(pl.String))
    attributes = ["sex", {"edges": {"age": [40]}}]
    found = measure("equalized_odds_difference", rows, column="sex & age", fairness={"attributes": attributes})
    assert found.value == pytest.approx(theirs("equalized_odds_difference", rows, ["sex", "old"]), abs=1e-12)


def test_error_differences():
    """Differences of a regression's errors are those of a `MetricFrame` of scikit-learn's."""
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed: make test")
    random = np.random.default_rng(5)
    rows = pl.DataFrame({"target": random.normal(size=900), "sex": random.choice(["f", "m", "x"], 900)})
    spread = rows["sex"].replace_strict({"f": 1.0, "m": 2.0, "x": 3.0}).to_numpy()
    rows = rows.with_columns(prediction=pl.col("target") + pl.Series(spread * random.normal(size=900)))
    frame = fairlearn.MetricFrame(
        metrics=metrics.mean_absolute_error, y_true=rows["target"], y_pred=rows["prediction"],
        sensitive_features=rows["sex"],
    )  # fmt: skip
    settings = {"fairness": {"attributes": ["sex"]}}
    assert measure("error_difference", rows, **settings).value == pytest.approx(frame.difference(), rel=1e-9)
    assert measure("error_ratio", rows, **settings).value == pytest.approx(frame.ratio(), rel=1e-9)


@pytest.mark.parametrize("name", MEASURES)
def test_adult(name):
    """On Adult, with the answers of a logistic regression by sex and by sex and race where groups are large."""
    if not ADULT.exists():
        pytest.skip("the data set Adult is not here: set DRIFTLINE_TAXI_DATA to the folder of adult_arx.csv")
    rows = adult()
    found = measure(name, rows, fairness={"attributes": ["sex"]})
    assert found.value == pytest.approx(theirs(name, rows, ["sex"]), abs=1e-12)


_ADULT: list[pl.DataFrame] = []


def adult():
    """Rows of Adult that a model did not see, with its answers."""
    if not _ADULT:
        linear_model = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is not installed: make test")
        rows = pl.read_csv(ADULT, separator=";")
        features = rows.select("age", "education", "occupation", "marital-status").to_dummies(
            ["education", "occupation", "marital-status"]
        )
        target = (rows["salary-class"] == ">50K").cast(pl.Int8)
        numbers = features.with_columns(pl.col("age") / 40).to_numpy()
        model = linear_model.LogisticRegression(max_iter=50, tol=1e-2).fit(numbers[:15_000], target[:15_000])
        answers = pl.Series("prediction", model.predict(numbers))
        _ADULT.append(rows.select("sex", "race").with_columns(target=target, prediction=answers)[15_000:])
    return _ADULT[0]
