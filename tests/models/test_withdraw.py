"""What a model loses without a feature."""

import numpy as np
import polars as pl
import pytest

from driftline import InputError
from driftline.models.withdraw import withdraw_features

pytest.importorskip("sklearn", reason="scikit-learn is not installed: make test")

from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier


def trips(rows: int = 600, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    far, rain = random.normal(size=(2, rows))
    return pl.DataFrame({"far": far, "rain": rain, "minutes": 2 * far + 0.5 * rain + random.normal(size=rows)})


def loans(rows: int = 4_000, seed: int = 0) -> pl.DataFrame:
    """A score that goes with a district, which goes with the protected group."""
    random = np.random.default_rng(seed)
    group = random.choice(["a", "b"], rows)
    district = np.where(random.random(rows) < 0.9, np.where(group == "a", "north", "south"), "centre")
    income = random.normal(size=rows)
    paid = random.random(rows) < 1 / (1 + np.exp(-(1.5 * income + 1.5 * (district == "north") - 0.5)))
    return pl.DataFrame({"income": income, "district": district, "group": group, "paid": np.where(paid, "yes", "no")})


def pipeline():
    columns = ColumnTransformer(
        [("words", OneHotEncoder(handle_unknown="ignore"), ["district"])], remainder="passthrough"
    )
    return make_pipeline(columns, LogisticRegression())


def by_name(table) -> dict:
    return {one.feature: one for one in table}


def test_regression():
    """The error without a feature is what theory says; a feature that says nothing costs nothing."""
    rows = trips(4_000).with_columns(idle=np.random.default_rng(1).normal(size=4_000))
    found = by_name(withdraw_features(LinearRegression(), rows, target="minutes"))
    normal = np.sqrt(2 / np.pi)  # mean of |x| of a standard normal
    for name, spread in (("far", np.sqrt(1 + 4)), ("rain", np.sqrt(1 + 0.25))):
        change = found[name].performance
        assert change.low <= normal * (spread - 1) <= change.high
        assert change.having == pytest.approx(normal, rel=0.03)
    assert found["idle"].performance.low < 0 < found["idle"].performance.high
    assert "far" == next(iter(withdraw_features(LinearRegression(), rows, target="minutes"))).feature


def test_interval_holds_the_truth():
    """Over 40 draws the interval holds the true loss of a feature in at least 9 of 10."""
    truth, held = np.sqrt(2 / np.pi) * (np.sqrt(1.25) - 1), 0
    for seed in range(40):
        one = by_name(withdraw_features(LinearRegression(), trips(600, seed), target="minutes", withdraw=["rain"]))[
            "rain"
        ]
        held += one.performance.low <= truth <= one.performance.high
    assert held >= 36


@pytest.mark.parametrize("as_pandas", [False, True])
def test_classes_and_groups(as_pandas):
    """A pipeline that names its columns stays as it is; without the proxy the gap between groups falls, at a price."""
    rows = loans()
    if as_pandas:
        rows = pytest.importorskip("pandas").DataFrame(rows.to_dict(as_series=False))
    table = withdraw_features(pipeline(), rows, target="paid", protected=["group"], positive="yes")
    found = by_name(table)
    proxy = found["district"]
    assert proxy.performance.of == "accuracy"
    assert proxy.performance.high < 0
    assert proxy.gaps[0].of == "gap by group in the share answered yes"
    assert proxy.gaps[0].having > 0.3
    assert proxy.gaps[0].high < 0
    assert proxy.gaps[0].lacking < 0.1
    assert "district: accuracy" in str(table)
    assert {"income", "district"} == set(table.to_polars()["feature"])
    assert 4 == table.to_polars().height


def test_a_model_as_it_is():
    """Without fitting anew, values are permuted among rows that are alike: a copy of another column is not missed."""
    rows = trips(2_000).with_columns(copy=pl.col("far"))
    model = LinearRegression().fit(rows.select("far", "rain", "copy").to_numpy(), rows["minutes"].to_numpy())
    found = by_name(
        withdraw_features(lambda inputs: model.predict(inputs.to_numpy()), rows, target="minutes", refit=False)
    )
    alone = by_name(withdraw_features(LinearRegression(), rows.drop("copy"), target="minutes"))["far"].performance
    assert found["far"].performance.change < 0.1 * alone.change
    assert found["rain"].performance.low > 0


def test_same_each_time():
    """The same rows give the same numbers, and are left as they are."""
    rows = loans(300)
    before = rows.clone()
    tables = [
        withdraw_features(DecisionTreeClassifier(random_state=0), rows.select("income", "paid"), target="paid", folds=3)
        for _ in range(2)
    ]
    assert tables[0] == tables[1]
    assert rows.equals(before)


@pytest.mark.parametrize(
    ("change", "settings", "said"),
    [
        ({}, {"target": "minuts"}, "no column 'minuts'; did you mean 'minutes'"),
        ({}, {"features": ["fare"]}, "no column 'fare'"),
        ({"minutes": None}, {}, "target 'minutes' has"),
        ({"minutes": 1.0}, {}, "1.0 in all rows"),
        ({"sex": "f"}, {"protected": ["sex"]}, "'sex' has one group only"),
        (
            {"minutes": pl.Series(["x", "y", "z"] * 200), "sex": pl.Series(["f", "m"] * 300)},
            {"protected": ["sex"], "model": DecisionTreeClassifier()},
            "has 3 classes; name the one that is an advantage",
        ),
        ({}, {"folds": 1}, "folds: 1 is not between 2 and a tenth"),
        ({}, {"model": 3}, "no fit and predict"),
        ({}, {"model": 3, "refit": False}, "a function of a frame"),
        ({}, {"model": lambda _: np.zeros(3), "refit": False}, "expected one answer a row"),
        ({}, {"withdraw": ["fare"]}, "no column 'fare'"),
        ({"far": "word"}, {}, "cannot be fitted on these rows"),
        (
            {"minutes": pl.Series(["x", "y"] * 300)},
            {"positive": "z", "model": DecisionTreeClassifier()},
            "no class 'z'",
        ),
    ],
)
def test_bad_input(change, settings, said):
    """Each mistake is named."""
    rows = trips().with_columns(
        **{key: pl.lit(value) if not isinstance(value, pl.Series) else value for key, value in change.items()}
    )
    if change.get("minutes", 0) is None:
        rows = rows.with_columns(minutes=pl.lit(None, pl.Float64))
    with pytest.raises(InputError, match=said):
        withdraw_features(**{"model": LinearRegression(), "rows": rows, "target": "minutes"} | settings)


def test_too_few_rows():
    """A hundred rows are the least."""
    with pytest.raises(InputError, match="99 are too few"):
        withdraw_features(LinearRegression(), trips(99), target="minutes")


def test_no_frame():
    """A list is no frame."""
    with pytest.raises(InputError, match="expected a DataFrame"):
        withdraw_features(LinearRegression(), [1, 2], target="minutes")
