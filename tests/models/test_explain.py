"""What each feature adds to a model's answers, and whether a model goes by other features than before."""

import numpy as np
import polars as pl
import pytest

from driftline import InputError, Monitor
from driftline.errors import MissingExtraError
from driftline.models import shapley
from driftline.models.attributions import compare_attributions
from driftline.models.explain import explain_rows

pytest.importorskip("sklearn", reason="scikit-learn is not installed: make test")

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

NAMES = ["km", "rain", "hour"]


def trips(rows: int = 400, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    km, rain, hour = random.normal(size=(3, rows))
    return pl.DataFrame(
        {"km": km, "rain": rain, "hour": hour, "minutes": 3 * km + rain + 0.2 * random.normal(size=rows)}
    )


def fitted(model, rows=None, target=None):
    rows = trips() if rows is None else rows
    return model.fit(rows.select(NAMES).to_pandas(), rows["minutes"].to_numpy() if target is None else target)


def late(rows: pl.DataFrame) -> np.ndarray:
    return np.where(rows["minutes"].to_numpy() > 0, "yes", "no")


def by_definition(game, rows: pl.DataFrame, background: pl.DataFrame) -> np.ndarray:
    """Shapley values of three features, by the formula over all coalitions."""
    found = np.zeros((rows.height, 3))
    weight = {0: 1 / 3, 1: 1 / 6, 2: 1 / 3}
    for row in range(rows.height):

        def worth(own: frozenset[int], row=row) -> float:
            mixed = background.with_columns([pl.lit(rows[NAMES[at]][row]).alias(NAMES[at]) for at in own])
            return float(game(mixed).mean())

        for at in range(3):
            others = [i for i in range(3) if i != at]
            for chosen in (set(), {others[0]}, {others[1]}, set(others)):
                gain = worth(frozenset(chosen | {at})) - worth(frozenset(chosen))
                found[row, at] += weight[len(chosen)] * gain
    return found


def test_linear_values_are_those_of_shap():
    """Coefficient times distance from the mean: the values of SHAP's LinearExplainer, of answers and of log-odds."""
    shap = pytest.importorskip("shap", reason="shap is not installed: make test")
    rows = trips()
    for model, target in ((LinearRegression(), None), (LogisticRegression(), late(rows))):
        fitted(model, rows, target)
        found = explain_rows(model, rows, background=rows)
        matrix = rows.select(NAMES).to_numpy()
        expected = shap.LinearExplainer(model, shap.maskers.Independent(matrix, max_samples=400)).shap_values(matrix)
        np.testing.assert_allclose(expected, found.values, atol=1e-9)
        assert "coefficients" == found.how
    assert "decision value of yes" == found.what
    other = explain_rows(model, rows, background=rows, positive="no")
    np.testing.assert_allclose(-found.values, other.values)


def test_tree_values_are_those_of_shap():
    """Trees are explained by SHAP; what they add up to is named: a probability, or a decision value."""
    shap = pytest.importorskip("shap", reason="shap is not installed: make test")
    rows = trips()
    matrix = rows.select(NAMES).to_numpy()
    forest = fitted(RandomForestClassifier(10, max_depth=4, random_state=0), rows, late(rows))
    found = explain_rows(forest, rows, background=rows)
    np.testing.assert_allclose(shap.TreeExplainer(forest).shap_values(matrix)[:, :, 1], found.values, atol=1e-9)
    assert ("probability of yes", "SHAP's TreeExplainer") == (found.what, found.how)
    chances = forest.predict_proba(rows.select(NAMES).to_pandas())[:, 1]
    np.testing.assert_allclose(chances, found.base + found.values.sum(axis=1), atol=1e-6)
    boosted = fitted(GradientBoostingClassifier(n_estimators=10, random_state=0), rows, late(rows))
    found = explain_rows(boosted, rows[:50], background=rows, positive="no")
    np.testing.assert_allclose(
        -boosted.decision_function(rows[:50].select(NAMES).to_pandas()),
        found.base + found.values.sum(axis=1),
        atol=1e-4,
    )
    assert "decision value of no" == found.what


def test_sampled_values_are_shapley_values():
    """Of any function the sampled values are within their errors of those by the formula, and add up to the answer."""
    rows, background = trips(8, seed=1), trips(30, seed=2)

    def game(frame: pl.DataFrame) -> np.ndarray:
        km, rain, hour = (frame[name].to_numpy() for name in NAMES)
        return km * rain + np.sin(hour) + np.where(km > 0, hour, 0.0)

    found = explain_rows(game, rows, background=background, features=NAMES, budget=20_000)
    expected = by_definition(game, rows, background)
    assert found.errors is not None
    assert (np.abs(found.values - expected) < 4 * found.errors + 0.02).all()
    assert np.abs(found.values - expected).max() < 0.5
    np.testing.assert_allclose(game(rows), found.base + found.values.sum(axis=1), atol=1e-9)


def test_budget_is_kept():
    """Not more rows are asked than the budget allows, beside the rows and the background; fewer are drawn."""
    asked = []

    def model(frame: pl.DataFrame) -> np.ndarray:
        asked.append(frame.height)
        return frame["km"].to_numpy()

    rows = trips(300)
    found = explain_rows(model, rows, background=rows, features=NAMES, budget=2_400)
    assert sum(asked) <= 2_400 + 300 + 100
    assert 100 == found.places.size == np.unique(found.places).size
    assert "8 sampled orders of the features, 2,400 rows asked" == found.how
    with pytest.raises(InputError, match="budget: 23 does not suffice for one row; at least 24"):
        explain_rows(model, rows, background=rows, features=NAMES, budget=23)


@pytest.mark.parametrize("as_pandas", [False, True])
def test_a_pipeline_with_labels(as_pandas):
    """A pipeline that takes labels is explained by sampling: what a label adds is what the model learnt of it."""
    random = np.random.default_rng(0)
    rows = pl.DataFrame({"zone": random.choice(["harbour", "centre"], 400), "km": random.normal(size=400)})
    minutes = 5.0 * (rows["zone"] == "harbour").to_numpy() + rows["km"].to_numpy()
    frame = rows.to_pandas() if as_pandas else rows
    model = make_pipeline(
        ColumnTransformer([("words", OneHotEncoder(), ["zone"])], remainder="passthrough"), LinearRegression()
    ).fit(frame, minutes)
    found = explain_rows(model, frame[:50], background=frame, features=["zone", "km"], budget=10_000)
    harbour = (rows["zone"][:50] == "harbour").to_numpy()
    assert 5.0 == pytest.approx(float(found.values[harbour, 0].mean() - found.values[~harbour, 0].mean()), abs=0.1)
    assert "not linear: it has no coefficients; not tree: it is no tree" in found.how
    row = int(np.flatnonzero(harbour)[0])
    assert "by zone=harbour, " in found.describe_row(row)
    assert "harbour" not in found.describe_row(row, show_values=False)


def test_what_is_not_linear_is_not_explained_as_if_it_were():
    """A model with coefficients behind a link is sampled, and says why."""
    rows = trips(200)
    model = fitted(PoissonRegressor(), rows, np.exp(rows["km"].to_numpy()))
    found = explain_rows(model, rows[:20].to_pandas(), background=rows.to_pandas(), budget=2_000)
    assert "not linear: its answers are not linear in its columns" in found.how
    with pytest.raises(InputError, match=r"by method linear: its answers are not linear.*method='sampled'"):
        explain_rows(model, rows[:20].to_pandas(), background=rows.to_pandas(), method="linear")


def test_drift_of_explained_rows():
    """A model that goes by other features in one segment is told there; joined columns are judged by a monitor too."""
    rows = trips(600)
    town = pl.Series("town", ["a", "b"] * 300)
    old = fitted(LinearRegression(), rows)
    new = fitted(LinearRegression(), rows, 0.2 * rows["km"].to_numpy() + 3 * rows["hour"].to_numpy())
    was = explain_rows(old, rows.with_columns(town), background=rows)
    mixed = was.join().with_columns(
        [
            pl.when(pl.col("town") == "b").then(pl.Series(values)).otherwise(f"shap_{name}").alias(f"shap_{name}")
            for name, values in zip(NAMES, explain_rows(new, rows, background=rows).values.T, strict=True)
        ]
    )
    found = compare_attributions(mixed, was, by="town")
    whole, a, b = found
    assert [None, "town=a", "town=b"] == [one.segment for one in found]
    assert not a.moved
    assert b.moved
    assert (1.0, 1.0) == (a.ndcg, a.high)
    hour = next(one for one in b.features if one.feature == "hour")
    assert 1 == hour.rank_now == hour.rank_high
    assert hour.low > 0.5
    assert "Order of attributions kept where town=b: nDCG 0." in str(found)
    assert 9 == found.to_polars().height
    assert whole.rows == found.to_dict()["orders"][0]["rows"] == 600
    columns = [*(f"shap_{name}" for name in NAMES), "town"]
    monitor = Monitor.fit(was.join().select(columns), attributions="shap_", segments=["town"])
    levels = {v.segment: v.level for v in monitor.check(mixed.select(columns)) if v.metric == "attribution_ndcg"}
    assert ("ok", "alert") == (levels["town=a"], levels["town=b"])


def test_a_failing_tree_explainer_is_told(monkeypatch):
    """What SHAP cannot explain is sampled, with SHAP's reason; asked for trees alone, it is one clear error."""
    shap = pytest.importorskip("shap", reason="shap is not installed: make test")

    class Broken:
        def __init__(self, _):
            raise shap.utils._exceptions.InvalidModelError("Model type not yet supported")

    monkeypatch.setattr(shap, "TreeExplainer", Broken)
    rows = trips(100)
    model = fitted(DecisionTreeRegressor(max_depth=3), rows)
    found = explain_rows(model, rows.to_pandas(), background=rows.to_pandas(), budget=6_000)
    assert "not tree: SHAP's TreeExplainer fails on it (InvalidModelError: Model type not yet supported)" in found.how
    with pytest.raises(InputError, match="cannot be explained by method tree: SHAP's TreeExplainer fails"):
        explain_rows(model, rows.to_pandas(), background=rows.to_pandas(), method="tree")


class OddError(Exception):
    """As LightGBM and CatBoost have: an error that is no built-in one."""


def fail(*_, **__):
    """As a library that gives up."""
    raise OddError("no such leaf")


def test_errors_of_any_kind_are_told(monkeypatch):
    """Whatever SHAP or a model raises is one clear finding; where SHAP fails the model is sampled."""
    shap = pytest.importorskip("shap", reason="shap is not installed: make test")
    rows = trips(100)
    model = fitted(DecisionTreeRegressor(max_depth=3), rows)
    monkeypatch.setattr(shap, "TreeExplainer", fail)
    found = explain_rows(model, rows, background=rows, budget=6_000)
    assert "not tree: SHAP's TreeExplainer fails on it (OddError: no such leaf)" in found.how
    monkeypatch.setattr(type(model), "predict", fail)
    with pytest.raises(InputError, match="it cannot be asked with these rows: no such leaf"):
        explain_rows(model, rows, background=rows, budget=6_000)


def test_columns_of_another_schema():
    """A model that names its columns is given them in its order; other columns are told by name."""
    rows = trips(200)
    model = RandomForestRegressor(5, random_state=0).fit(rows.select(NAMES).to_pandas(), rows["km"].to_numpy())
    turned = explain_rows(model, rows, background=rows, features=NAMES[::-1])
    assert tuple(NAMES) == turned.features
    other = rows.rename({"km": "miles"})
    with pytest.raises(InputError, match="fitted on columns 'km', 'rain', 'hour', and given are 'miles', 'rain'"):
        explain_rows(model, other, background=other, features=["miles", "rain", "hour"])
    with pytest.raises(InputError, match="the model wants columns that they lack: km"):
        explain_rows(model, other, background=other)


def test_without_shap(monkeypatch):
    """Trees need SHAP, whose absence is told with what to do; sampling does without."""
    monkeypatch.setattr(shapley, "find_spec", lambda _: None)
    rows = trips(100).to_pandas()
    model = fitted(DecisionTreeRegressor(max_depth=3), trips(100))
    with pytest.raises(MissingExtraError, match=r"method='sampled' does without.*driftline\[explain\]"):
        explain_rows(model, rows, background=rows)
    assert explain_rows(model, rows, background=rows, method="sampled", budget=5_000).values.any()


def test_columns_and_words():
    """Columns by row; a picture of all rows in words; a row that was not drawn is told."""
    rows = trips(300)
    found = explain_rows(fitted(LinearRegression(), rows), rows, background=rows, most=100)
    frame = found.to_polars()
    assert ["row", "shap_km", "shap_rain", "shap_hour"] == frame.columns
    assert frame["row"].to_list() == found.places.tolist()
    assert str(found).startswith("Mean size of what features add to the answer, 100 rows (coefficients):\n  km: 2.")
    missing = next(at for at in range(300) if at not in found.places)
    with pytest.raises(InputError, match=f"row {missing} was not explained"):
        found.describe_row(missing)
    with pytest.raises(InputError, match="have a column 'km' already"):
        found.join(prefix="")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"features": ["fare"]}, "columns that they lack: fare"),
        ({"features": ["km"]}, "fitted on columns 'km', 'rain', 'hour', and given are 'km'"),
        ({"model": 3, "features": NAMES}, "a function of a frame"),
        ({"model": lambda _: np.zeros(3), "features": NAMES}, r"expected one number a row, \(400,\)"),
        ({"model": lambda frame: frame["town"], "features": NAMES}, "it cannot be asked with these rows"),
        ({"model": lambda _: np.full(400, np.nan), "features": NAMES}, "400 of its answers are not finite"),
        ({"background": trips()[:0]}, "expected at least one row of each"),
        ({"background": trips().drop("km")}, "background: it lacks columns of the model: km"),
        ({"positive": "maybe"}, "no class 'maybe'; it has 'no', 'yes'"),
    ],
)
def test_bad_input(settings, said):
    """Each mistake is named."""
    rows = trips()
    classes = "positive" in settings
    model, target = (LogisticRegression(), late(rows)) if classes else (KNeighborsRegressor(), None)
    model = fitted(model, rows, target)
    with pytest.raises(InputError, match=said):
        explain_rows(**{"model": model, "rows": rows, "background": rows} | settings)


def test_bad_columns_of_attributions():
    """Columns that are not there, differ, hold words, or have too few rows."""
    rows = pl.DataFrame({"shap_km": np.arange(200.0), "shap_rain": np.ones(200)})
    for now, was, said in (
        (rows, rows.rename({"shap_km": "a", "shap_rain": "b"}), "no column begins with 'shap_'"),
        (rows.drop("shap_km"), rows, "different columns of attributions: shap_km"),
        (rows.with_columns(shap_km=pl.lit("x")), rows, "'shap_km' of attributions does not hold numbers"),
        (rows[:99], rows, "99 with all attributions are too few"),
    ):
        with pytest.raises(InputError, match=said):
            compare_attributions(now, was)
