"""Two versions of a model on the same rows."""

import numpy as np
import polars as pl
import pytest

from driftline import InputError
from driftline.models.proxies import measure_proxies
from driftline.models.versions import compare_versions

pytest.importorskip("sklearn", reason="scikit-learn is not installed: make test")

from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeRegressor

NAMES = ["income", "district"]


def trips(rows: int = 600, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    km, rain = random.normal(size=(2, rows))
    town = random.choice(["a", "b"], rows)
    return pl.DataFrame({"km": km, "rain": rain, "town": town, "minutes": 3 * km + rain + random.normal(size=rows)})


def loans(rows: int = 2_000, seed: int = 0) -> pl.DataFrame:
    """A district that goes with the protected group."""
    random = np.random.default_rng(seed)
    group = random.choice(["f", "m"], rows)
    district = np.where(random.random(rows) < 0.9, group == "m", random.random(rows) < 0.5).astype(float)
    income = random.normal(size=rows)
    paid = random.random(rows) < 1 / (1 + np.exp(-1.5 * income))
    return pl.DataFrame({"income": income, "district": district, "group": group, "paid": np.where(paid, "yes", "no")})


def weighted(income: float, district: float) -> LogisticRegression:
    model = LogisticRegression().fit(loans(200).select(NAMES).to_pandas(), loans(200)["paid"].to_numpy())
    model.coef_, model.intercept_ = np.array([[income, district]]), np.zeros(1)
    return model


def get(found, of: str, feature=None, segment=None):
    return next(one for one in found if (one.of, one.feature, one.segment) == (of, feature, segment))


def test_linear_versions():
    """Coefficients are facts; the effect of a column is its weight times the distance of its quantiles."""
    rows = trips()
    features = ["km", "rain"]
    old = LinearRegression().fit(rows.select(features).to_pandas(), 3 * rows["km"].to_numpy())
    new = LinearRegression().fit(rows.select(features).to_pandas(), 3 * rows["km"].to_numpy() - rows["rain"].to_numpy())
    found = compare_versions(old, new, rows, target="minutes", by="town")
    rain = get(found, "coefficient", "rain")
    assert (0.0, -1.0) == (pytest.approx(rain.old, abs=1e-9), pytest.approx(rain.new))
    effect = get(found, "effect", "rain")
    low, high = np.sort(rows["rain"].to_numpy())[[int(0.1 * 599), round(0.9 * 599)]]
    assert effect.change == pytest.approx(low - high)
    assert get(found, "effect", "km").change == pytest.approx(0.0, abs=1e-9)
    worse = get(found, "mean absolute error")
    assert worse.low > 0
    assert get(found, "mean absolute error", segment="town=a").low > 0
    assert get(found, "mean answer").low < 0 < get(found, "mean answer").high or not get(found, "mean answer").sure
    assert "rain:\n    coefficient " in str(found)
    assert {"of", "feature", "segment", "low", "high"} <= set(found.to_polars().columns)


def test_agrees_with_scikit_learn():
    """Effects are differences of scikit-learn's partial dependence, importances those of its permutations."""
    rows = trips(1_000)
    inputs, target = rows.select("km", "rain").to_pandas(), rows["minutes"].to_numpy()
    old, new = (DecisionTreeRegressor(max_depth=depth, random_state=0).fit(inputs, target) for depth in (3, 6))
    found = compare_versions(old, new, rows, target="minutes")
    for name in ("km", "rain"):
        ends = np.sort(rows[name].to_numpy())[[int(0.1 * 999), round(0.9 * 999)]]
        of_both = [
            partial_dependence(model, inputs, [name], custom_values={name: ends}, method="brute")["average"][0]
            for model in (old, new)
        ]
        effect = get(found, "effect", name)
        assert [float(np.diff(part)[0]) for part in of_both] == pytest.approx([effect.old, effect.new])
        importance = get(found, "importance", name)
        for model, ours in ((old, importance.old), (new, importance.new)):
            theirs = permutation_importance(
                model, inputs, target, scoring="neg_mean_absolute_error", n_repeats=10, random_state=0
            )["importances_mean"][["km", "rain"].index(name)]
            assert ours == pytest.approx(theirs, abs=0.1)


def test_a_weight_on_a_proxy():
    """A district that stands for the group is named when its effect turns, beside the gap of the groups."""
    old, new = weighted(1.5, 0.6), weighted(1.5, -0.8)
    rows = loans()
    found = compare_versions(old, new, rows, target="paid", features=NAMES, protected=["group"], positive="yes")
    (flag,) = found.flags
    assert flag.startswith("district stands for group (skill 0.9")
    assert "its effect on the probability of yes turned from 0.1" in flag
    assert flag.endswith(" to -0.15") or " to -0.1" in flag
    gap = get(found, "gap by group in the share answered yes")
    assert gap.low <= gap.change <= gap.high
    assert str(found).startswith(f"Look at this: {flag}")
    same = compare_versions(old, weighted(3.0, 0.6), rows, features=NAMES, protected=["group"], positive="yes")
    assert all("district" not in flag or "turned" not in flag for flag in same.flags)
    assert () == compare_versions(old, weighted(1.5, 0.6), rows, protected=["group"], positive="yes").flags


def test_interval_holds_the_truth():
    """Over 60 draws the interval of a difference between errors holds the true one in at least 9 of 10."""
    truth, held = np.sqrt(2 / np.pi) * (np.sqrt(2.0) - 1), 0
    for seed in range(60):
        rows = trips(200, seed)
        old, new = (lambda f: 3 * f["km"].to_numpy() + f["rain"].to_numpy()), (lambda f: 3 * f["km"].to_numpy())
        one = get(compare_versions(old, new, rows, target="minutes", features=["km", "rain"]), "mean absolute error")
        held += one.low <= truth <= one.high
    assert held >= 54


def test_proxies():
    """A column that tells 95 of 100 groups has a skill of 0.9, held in 27 of 30 draws; an idle one has none."""
    held = 0
    for seed in range(30):
        first, second = measure_proxies(loans(400, seed + 100), NAMES, "group")
        assert "district" == first.feature
        held += first.low <= 0.9 <= first.high
        assert second.low < 0.1
    assert held >= 27


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"target": "minuts"}, "no column 'minuts'"),
        (
            {"protected": ["town"], "rows": trips().with_columns(town=pl.lit("a")), "target": "minutes"},
            "one group only",
        ),
        ({"rows": trips(99)}, "99 are too few"),
        ({"new": 3}, "a function of a frame"),
        ({"features": ["fare"]}, "columns that they lack: fare"),
        ({"target": "town", "rows": trips().with_columns(town=pl.Series(["a", "b", "c"] * 200))}, "for two classes"),
    ],
)
def test_bad_input(settings, said):
    """Each mistake is named."""
    model = lambda frame: frame["km"].to_numpy()  # noqa: E731 - a model is a function here
    with pytest.raises(InputError, match=said):
        compare_versions(**{"old": model, "new": model, "rows": trips()} | settings)
