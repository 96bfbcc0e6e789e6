"""Rows that are odd by what goes together."""

import numpy as np
import polars as pl
import pytest

from driftline import InputError, Monitor
from driftline.models import outliers
from driftline.models.outliers import find_outliers

pytest.importorskip("sklearn", reason="scikit-learn is not installed: make test")

from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score


def trips(rows: int, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    km = random.normal(10, 2, rows)
    fare = 2 * km + random.normal(0, 0.5, rows)
    return pl.DataFrame({"km": km, "fare": fare, "zone": random.choice(["centre", "north"], rows, p=[0.9, 0.1])})


def mixed(rows: int = 500) -> tuple[pl.DataFrame, np.ndarray]:
    """Rows of which 50 have a fare of another row: each value is usual, both together are not."""
    frame = trips(rows, seed=1)
    odd = np.arange(rows) < 50
    other = np.where(odd, np.roll(np.sort(frame["fare"].to_numpy()), 1), frame["fare"].to_numpy())
    other[:50] = np.where(frame["km"][:50].to_numpy() > 10, 14.0, 26.0)
    return frame.with_columns(fare=other), odd


@pytest.mark.parametrize("method", ["forest", "neighbours"])
def test_rows_like_the_reference(method):
    """Of new rows drawn alike about 1 % are over the limit."""
    draws = 2 if method == "forest" else 10
    shares = [
        find_outliers(trips(1_000, seed + 10), trips(4_000, seed + 50), method=method).share[0] for seed in range(draws)
    ]
    assert np.mean(shares) == pytest.approx(0.01, abs=0.005)


def test_what_goes_together():
    """Values that are odd only together are found by neighbours, which single values cannot do; and why."""
    (rows, odd), reference = mixed(), trips(3_000)
    found = find_outliers(rows, reference, method="neighbours", features=["km", "fare"])
    assert roc_auc_score(odd, found.scores) > 0.98
    single = Monitor.fit(reference, outliers=True, derive=False).score_rows(rows)["score"].to_numpy()
    assert roc_auc_score(odd, single) < roc_auc_score(odd, found.scores) - 0.1
    assert 20 == found.worst.size
    assert odd[found.worst].all()
    assert {"km", "fare"} == {name for names in found.why for name in names}
    _, low, high = found.share
    assert low < 0.1 < high + 0.02
    assert "Odd rows: " in str(found)


def test_the_forest_is_that_of_scikit_learn():
    """Rows are ranked as by scikit-learn's isolation forest on the same columns."""
    rows, odd = mixed()
    reference = trips(3_000)
    columns = ["km", "fare"]
    found = find_outliers(rows, reference, features=columns)
    theirs = (
        -IsolationForest(n_estimators=200, random_state=0)
        .fit(reference.select(columns).to_numpy())
        .score_samples(rows.select(columns).to_numpy())
    )
    assert np.corrcoef(found.scores, theirs)[0, 1] > 0.97
    assert roc_auc_score(odd, found.scores) == pytest.approx(roc_auc_score(odd, theirs), abs=0.03)


@pytest.mark.parametrize("as_pandas", [False, True])
def test_columns_and_redaction(as_pandas):
    """Scores are a column of the rows; the worst rows show only columns that may be shown; missing values are usual."""
    rows = pl.DataFrame({"km": [10.0, None, 40.0], "fare": [20.0, 20.0, 80.0], "zone": ["centre", "centre", "moon"]})
    reference = trips(1_000)
    if as_pandas:
        rows, reference = rows.to_pandas(), reference.to_pandas()
    found = find_outliers(rows, reference)
    joined = found.join()
    assert found.scores.tolist() == list(joined["outlier_score"])
    frame = found.to_polars(show=["zone"])
    assert ["row", "score", "why", "zone"] == frame.columns
    assert (2, "moon") == (frame["row"][0], frame["zone"][0])
    assert "zone" in frame["why"][0]
    assert ["row", "score", "why"] == found.to_polars().columns
    with pytest.raises(InputError, match="have a column 'km' already"):
        found.join("km")


def test_bad_input(monkeypatch):
    """Each mistake is named."""
    rows = trips(300)
    for settings, said in (
        ({"features": ["fair"]}, "no column 'fair'; did you mean"),
        ({"reference": rows[:199]}, "199 rows are too few"),
        ({"reference": rows.rename({"km": "a", "fare": "b", "zone": "c"})}, "no column in common"),
        ({"rows": [1]}, "expected a DataFrame"),
    ):
        with pytest.raises(InputError, match=said):
            find_outliers(**{"rows": rows, "reference": rows} | settings)
    monkeypatch.setattr(outliers, "find_spec", lambda _: None)
    with pytest.raises(Exception, match=r"driftline\[learn\]"):
        find_outliers(rows, rows)
